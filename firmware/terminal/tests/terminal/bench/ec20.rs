//! What an EC20 answers.

/// The answer to a command where the script says nothing else.
pub fn usual_answer(command: &str) -> &'static str {
    match command {
        "AT+CPIN?" => "\r\n+CPIN: READY\r\n\r\nOK\r\n",
        "AT+CSQ" => "\r\n+CSQ: 21,99\r\n\r\nOK\r\n",
        "AT+CEREG?" => "\r\n+CEREG: 2\r\n\r\n+CEREG: 0,1\r\n\r\nOK\r\n",
        "AT+CGATT?" => "\r\n+CGATT: 0\r\n\r\nOK\r\n",
        "AT+QIACT?" => "\r\n+QIACT: 1,1,1,\"10.64.0.7\"\r\n\r\nOK\r\n",
        "AT+QIGETERROR" => "\r\n+QIGETERROR: 561,\"Open PDP context failed\"\r\n\r\nOK\r\n",
        _ if command.starts_with("AT+QIOPEN=") => "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n",
        _ if command.starts_with("AT+QISEND=") => "\r\n> ",
        _ => "\r\nOK\r\n",
    }
}
