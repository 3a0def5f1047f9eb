# Shared by ./run and ./test: makes .venv with what pyproject.toml asks for, once, and again when it changes.
# Sourced by bash, with $root set to the folder of the project.

# Debian packages that the tests start as they are.
test_packages=(apache2 lighttpd lighttpd-mod-openssl chromium chromium-driver)

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1

say() { printf '%s\n' "$*" >&2; }

# Installs Debian packages as root; tells anybody else the command.
debian_install() {
    if ((EUID != 0)); then
        say "missing: $*. Please run: sudo apt-get install $*"
        return 1
    fi
    say "installing $* ..."
    # Run level 1: a service that is installed for its program is not started.
    {
        apt-get -qq update
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"
    } >&2 </dev/null
}

debian_has() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Prints the first Python from 3.11 on that can make environments. A name in PATH may be a shim without a Python behind.
find_python() {
    local python
    for python in python3 python3.{14,13,12,11} /usr/bin/python3 /usr/local/bin/python3; do
        if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s\n' "$python"
            return
        fi
    done
    return 1
}

# make_environment EXTRAS: EXTRAS is empty or names optional dependencies, such as [test].
make_environment() {
    local extras=$1 stamp=$root/.venv/.ready$1
    is_ready "$stamp" && return
    # One at a time: two starts at once would fill one environment together.
    exec 9<"$root"
    flock 9
    if ! is_ready "$stamp"; then
        fill_environment "$extras"
        printf '%s\n' "$root" >"$stamp"
    fi
    exec 9<&-
}

# A copied or moved environment still refers to its old folder.
is_ready() { [[ -f $1 && ! $root/pyproject.toml -nt $1 && $(<"$1") == "$root" && -x $root/.venv/bin/python ]]; }

fill_environment() {
    local venv=$root/.venv python
    if ! is_usable "$venv"; then
        python=$(find_python) || { debian_install python3-venv && python=$(find_python); } || {
            say "no Python from 3.11 on with venv found"
            exit 1
        }
        say "making .venv with $("$python" --version) ..."
        "$python" -m venv --clear "$venv"
    fi
    say "installing what pyproject.toml asks for ..."
    "$venv/bin/python" -m pip install --quiet --editable "$root$1" >&2 </dev/null
}

is_usable() {
    local stamp
    "$1/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    for stamp in "$1"/.ready*; do
        [[ ! -f $stamp || $(<"$stamp") == "$root" ]] || return 1
    done
}
