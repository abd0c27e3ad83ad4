//! `payrig diagnose`.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use payrig_bench::{
    Finding, Fixtures, RunFolder, Verdict,
    diagnosis::{Behaviour, Campaign, FIRST_SEED, MATRIX_JSON, MATRIX_TEXT, Matrix, Records, behaviours},
};

use crate::{
    cli::DiagnoseArgs,
    failure::{FAILED, Failure, OK},
    out::say,
    progress::Working,
    run_settings::RUNS,
};

/// Where attempts are played.
const RIG: &str = "sim";

/// Plays every behaviour that is asked for in many variants, prints what the terminal said of each, and where the records are.
#[expect(clippy::disallowed_methods, reason = "the summary tells the wall time of the run")]
pub(crate) fn run(args: &DiagnoseArgs) -> Result<ExitCode, Failure> {
    let fixtures = Fixtures::open(&args.fixtures).map_err(|e| {
        let help = "name the folder of the fixtures with --fixtures DIR";
        Failure::input(format!("{}: {e}", args.fixtures.display()), help)
    })?;
    let campaign = Campaign {
        behaviours: chosen(args, behaviours(&fixtures).map_err(unusable)?)?,
        variants: args.variants,
        seed: args.seed.unwrap_or(FIRST_SEED),
    };
    let run = match &args.run_dir {
        Some(path) => RunFolder::at(path.clone()),
        None => RunFolder::create(&PathBuf::from(RUNS), RIG),
    }?;
    let started = Instant::now();
    let matrix = {
        let working = Working::on("sign-ons");
        campaign.play(&fixtures, |done, all| working.counting("sign-ons", done, all)).map_err(ended)?
    };
    let seconds = started.elapsed().as_secs_f64();
    matrix.write(&run).map_err(ended)?;
    say!("{matrix}");
    let findings = matrix.findings();
    findings.iter().for_each(|finding| say!("{finding}"));
    if !matrix.judges_what_never_happened() {
        say!("too few variants to judge what never happened, and which conditions look the same");
    }
    let records = Records::new(run);
    keep_records(args, &fixtures, &campaign, &matrix, &records).map_err(ended)?;
    records.check_leaks().map_err(ended)?;
    let attempts = matrix.rows.iter().map(|row| row.shown.values().sum::<usize>()).sum::<usize>();
    let wrong: usize = matrix.rows.iter().map(|row| row.mistakes.len()).sum();
    say!("{attempts} sign-ons, {wrong} wrong, {} findings; {seconds:.1} s of wall time", findings.len());
    say!("records: {0} ({MATRIX_TEXT}, {MATRIX_JSON})", records.run().path().display());
    Ok(if findings.is_empty() { OK } else { FAILED }.into())
}

/// The behaviours that the filters select.
fn chosen(args: &DiagnoseArgs, all: Vec<Behaviour>) -> Result<Vec<Behaviour>, Failure> {
    let is_chosen = |behaviour: &&Behaviour| {
        let module = args.module.is_none_or(|module| module.dialect() == behaviour.dialect);
        let selects = |filter: &String| match args.exact {
            true => behaviour.is_exactly(filter, &all),
            false => behaviour.is_selected_by(filter),
        };
        module && (args.network.is_empty() || args.network.iter().any(selects))
    };
    let behaviours: Vec<_> = all.iter().filter(is_chosen).cloned().collect();
    if behaviours.is_empty() {
        let help =
            "`ls fixtures/networks` names the behaviours; leave --network and --module out to play them all";
        return Err(Failure::input("no network is as you asked", help));
    }
    Ok(behaviours)
}

/// Plays wrong attempts again, or all that there are where that is asked for, and keeps their records.
fn keep_records(
    args: &DiagnoseArgs,
    fixtures: &Fixtures,
    campaign: &Campaign,
    matrix: &Matrix,
    records: &Records,
) -> Result<(), Finding> {
    if !args.record {
        campaign.record_mistakes(fixtures, matrix, records)?.iter().for_each(|told| say!("{told}"));
        return Ok(());
    }
    for row in &matrix.rows {
        for nth in 0..args.variants {
            let seed = matrix.seed.wrapping_add(nth.into());
            say!("{}", campaign.record(fixtures, (&row.behaviour, row.dialect), seed, records)?);
        }
    }
    Ok(())
}

fn unusable(finding: Finding) -> Failure {
    Failure::input(finding.to_string(), "correct it, or name another folder of fixtures with --fixtures DIR")
}

fn ended(finding: Finding) -> Failure {
    match finding.verdict() {
        Verdict::Fail => Failure::terminal(finding.to_string()),
        _ => Failure::rig(finding.to_string()),
    }
}
