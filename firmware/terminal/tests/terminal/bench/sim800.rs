//! What a SIM800 answers.

/// The answer to a command where the script says nothing else.
pub fn usual_answer(command: &str) -> &'static str {
    match command {
        "AT+CPIN?" => "\r\n+CPIN: READY\r\n\r\nOK\r\n",
        "AT+CSQ" => "\r\n+CSQ: 21,0\r\n\r\nOK\r\n",
        "AT+CREG?" => "\r\nRING\r\n\r\n+CREG: 2\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n",
        "AT+CGATT?" => "\r\n+CGATT: 0\r\n\r\nOK\r\n",
        "AT+CIPSHUT" => "\r\nSHUT OK\r\n",
        "AT+CIFSR" => "\r\n10.64.0.7\r\n",
        "AT+CIPSTATUS" => "\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n",
        "AT+CIPCLOSE=1" => "\r\nCLOSE OK\r\n",
        _ if command.starts_with("AT+CIPSTART=") => "\r\nOK\r\n\r\nCONNECT OK\r\n",
        _ if command.starts_with("AT+CIPSEND=") => "\r\n> ",
        _ => "\r\nOK\r\n",
    }
}
