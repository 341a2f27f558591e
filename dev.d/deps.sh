# shellcheck shell=bash
# What must be installed, and how. Sourced by ./dev. Debian 12, as root or with sudo.

PACKAGES_BUILD=(
    build-essential cmake ninja-build pkg-config
    protobuf-compiler protobuf-c-compiler libprotobuf-dev libprotobuf-c-dev
    grpc-proto golang-github-gogo-googleapis-dev
    libgrpc-dev libhiredis-dev libssl-dev libcyaml-dev libyaml-dev libjansson-dev libmicrohttpd-dev
    libutf8proc-dev libsystemd-dev uthash-dev libcmocka-dev
)
PACKAGES_RUN=(redis-server openssl ca-certificates)
PACKAGES_TEST=(
    clang libclang-rt-14-dev llvm clang-format clang-tidy gcovr
    python3 python3-grpcio python3-protobuf protobuf-compiler-grpc
    nodejs npm graphviz
)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail "packages are missing: run as root or install sudo · 缺少软件包，请用 root 运行或安装 sudo"
    fi
}

# Node may come from elsewhere than Debian's packages: what counts is the command.
missing_packages() {
    local package have
    have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null) || true
    for package in "$@"; do
        [[ $'\n'$have$'\n' == *$'\n'"$package installed"$'\n'* ]] && continue
        [[ $package =~ ^(nodejs|npm)$ ]] && command -v "${package%js}" >/dev/null && continue
        echo "$package"
    done
}

apt_install() {
    as_root apt-get install -y --no-install-recommends "$@"
}

# redis-server comes as a tool: its package must not start a service, now or at the next boot.
install_packages() {
    local policy=/usr/sbin/policy-rc.d ours=no code=0
    export DEBIAN_FRONTEND=noninteractive
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
        ours=yes
    fi
    apt_install "$@" || { as_root apt-get update && apt_install "$@"; } || code=$?
    [ $ours = no ] || as_root rm -f $policy
    if [[ " $* " == *" redis-server "* ]] && [ -d /run/systemd/system ]; then
        as_root systemctl disable redis-server.service || true
    fi
    return "$code"
}

# buf and the JavaScript gRPC client; which versions: tests/interop/package.json.
install_npm_tools() {
    local npm=$ROOT/build/npm
    mkdir -p "$npm"
    cp "$ROOT/tests/interop/package.json" "$npm/package.json"
    (cd "$npm" && npm install --no-audit --no-fund --no-package-lock --loglevel=error)
    cp "$npm/package.json" "$npm/installed.json"
}

# deps build | run | all
deps() {
    local wanted=("${PACKAGES_BUILD[@]}") missing
    [ "$1" = build ] || wanted+=("${PACKAGES_RUN[@]}")
    [ "$1" != all ] || wanted+=("${PACKAGES_TEST[@]}")
    mapfile -t missing < <(missing_packages "${wanted[@]}")
    if [ ${#missing[@]} -gt 0 ]; then
        step packages "packages · 安装软件包: ${#missing[@]}" install_packages "${missing[@]}"
    fi
    if [ "$1" = all ] &&
        ! cmp -s "$ROOT/tests/interop/package.json" "$ROOT/build/npm/installed.json"; then
        step npm "buf, grpc-js · 安装接口工具" install_npm_tools
    fi
}
