//! What processes use: processor time and memory, from /proc.

use std::fs;

/// Microseconds of one tick; Linux gives 100 a second on every machine of today.
const TICK_US: u64 = 10_000;

/// Processor time used by a process and by its children that have ended.
pub fn cpu_us(process: u32) -> u64 {
    let Some(stat) = stat(process) else { return 0 };
    stat.iter().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * TICK_US
}

/// The same with its living children: PostgreSQL has one for each connection.
pub fn family_cpu_us(process: u32) -> u64 {
    let parent = process.to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| stat(*child).is_some_and(|stat| stat.get(1) == Some(&parent)));
    children.map(cpu_us).sum::<u64>() + cpu_us(process)
}

/// Memory in use now and at most so far, in kB; zeros where /proc does not tell.
pub fn memory_kb(process: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    (line("VmRSS:"), line("VmHWM:"))
}

/// Fields behind the program's name, which may hold spaces: state, parent, …
fn stat(process: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}
