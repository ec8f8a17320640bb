# Read by the scripts that set something up: install Debian packages where that is allowed, patiently, asking nothing.
export DEBIAN_FRONTEND=noninteractive

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_install() {
    command -v apt-get >/dev/null && as_root true 2>/dev/null
}

# A mirror that is busy, or another apt at work, is waited for rather than reported.
patiently() {
    for pause in 3 10 30; do
        "$@" && return
        sleep $pause
    done
    "$@"
}

updated=
apt_install() {
    may_install || return 1
    if [ -z "$updated" ]; then
        patiently as_root apt-get -qq -o DPkg::Lock::Timeout=300 update || return 1
        updated=yes
    fi
    echo "Installing $*" >&2
    # env, because sudo hands on no environment of ours.
    patiently as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=5 install "$@" >/dev/null
}

by_hand() {
    echo "$1, which could not be installed from here. Please install it, for example:" >&2
    printf '    %s\n' "$2" "$3" "$4" >&2
    exit 1
}
