"""Bring the folder's own Python environment: `.venv` with the packages of the named locks, once per lock.

    python3 deploy/bootstrap.py run           # what the hall runs on
    python3 deploy/bootstrap.py run test      # and what its tests add

Standard library only, and written so that an old Python can still read it and say that it is too old.
Exit code 2 and one line on standard error when the machine cannot do it.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)

if sys.version_info < NEEDED:
    sys.stderr.write(
        "yiwangtong needs Python {}.{} or newer; {} is {}. Name another one: make PYTHON=python3.11 ...\n".format(
            *NEEDED, sys.executable, sys.version.split()[0]
        )
    )
    sys.exit(2)

ROOT = Path(__file__).resolve().parent.parent
# Large packages of which a process loads a few modules: compiled when they are first imported.
COMPILE_LATER = r"/(pip|setuptools|_distutils_hack|celery|holidays/(countries|financial)|stdnum/[a-z]{2}|tests?)/"


class Unable(Exception):
    """One clear line about what the machine lacks."""


def prepare(names, root=ROOT):
    """Make `root/.venv` hold the packages of these locks; return the names that had to be installed."""
    locks = {name: root / "requirements" / f"{name}.lock" for name in names}
    for name, lock in locks.items():
        if not lock.is_file():
            raise Unable(f"there is no lock named {name} ({lock})")
    if not os.access(root, os.W_OK | os.X_OK):
        raise Unable(f"no permission to write in {root}; take a folder of your own or change its owner")
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two makes at once: the second waits and finds the work done
        return install(root / ".venv", locks)
    finally:
        os.close(folder)


def install(target, locks):
    """Create the environment if needed and install the locks whose stamp is missing or old."""
    create(target)
    python = target / "bin" / "python"
    missing = [name for name, lock in locks.items() if read(stamp(target, name)) != digest(lock)]
    if not missing:
        return []
    print(f"installing packages: {', '.join(missing)}", flush=True)
    command = [*pip(python), "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--no-compile"]
    for name in missing:
        command += ["-r", str(locks[name])]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and "is ignored" not in line]
        raise Unable("pip could not install the packages; its last lines were:\n  " + "\n  ".join(lines[-8:]))
    compile_all(python, target)
    for name in missing:
        stamp(target, name).write_text(digest(locks[name]))
    return missing


def create(target):
    """A fresh environment, unless a usable one of this very place and Python is there."""
    python = target / "bin" / "python"
    mark = f"{target} {sys.version_info[0]}.{sys.version_info[1]}"
    if read(target / ".made-for") == mark and works(python):
        return
    if target.exists():
        shutil.rmtree(target)
    try:
        import venv

        # A pip outside the environment can fill it, which saves the seconds of copying one into it.
        with_pip = pip_here() is None
        if with_pip:
            import ensurepip  # noqa: F401 - Debian ships venv without it
    except ImportError as missing:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Unable(
            f"{sys.executable} has no module {missing.name}; on Debian: apt-get install python{version}-venv"
        ) from None
    try:
        venv.EnvBuilder(with_pip=with_pip, symlinks=True).create(target)
    except subprocess.CalledProcessError as failure:
        said = (failure.output or b"").decode(errors="replace").strip().splitlines()
        raise Unable("could not put pip into .venv: " + (said[-1] if said else str(failure))) from None
    (target / ".made-for").write_text(mark)


def pip(python):
    """The command that installs into the environment of `python`."""
    if works(python, "import pip"):
        return [str(python), "-m", "pip"]
    here = pip_here()
    if here is None:
        raise Unable("there is no pip; run `make clean` and try again")
    return [*here, "--python", str(python)]


def pip_here():
    """The pip of the Python that runs this, or of the one below it when this is an environment; 22.3 and newer can."""
    for python in (sys.executable, str(Path(sys.base_prefix, "bin", "python3"))):
        command = [python, "-m", "pip", "--disable-pip-version-check"]
        try:
            done = subprocess.run([*command, "--version"], capture_output=True, text=True)
        except OSError:
            continue
        found = re.match(r"pip (\d+)\.(\d+)", done.stdout)
        if done.returncode == 0 and found and (int(found[1]), int(found[2])) >= (22, 3):
            return command
    return None


def compile_all(python, target):
    """Compile on all cores now; nine processes starting together would each do it again."""
    command = [str(python), "-m", "compileall", "-q", "-j", "0", "-x", COMPILE_LATER, str(target / "lib")]
    subprocess.run(command, capture_output=True)


def works(python, statement="pass"):
    """Whether that Python starts and can run the statement."""
    try:
        return subprocess.run([str(python), "-c", statement], capture_output=True).returncode == 0
    except OSError:
        return False


def stamp(target, name):
    """The file that remembers which lock is installed."""
    return target / f".installed-{name}"


def digest(lock):
    """What a stamp holds: the hash of the lock."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def read(path):
    """The text of a small file, empty when it is not there."""
    try:
        return path.read_text()
    except OSError:
        return ""


def main(names):
    """Prepare the environment; 2 with one line when the machine cannot."""
    try:
        prepare(names or ["run"])
    except Unable as reason:
        sys.stderr.write(f"yiwangtong: {reason}\n")
        return 2
    except OSError as failure:
        sys.stderr.write(f"yiwangtong: cannot prepare {ROOT / '.venv'}: {failure}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
