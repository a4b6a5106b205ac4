#!/bin/sh
# The main job, from nothing to nothing, on the local sandbox: no AWS account is needed. Whatever the
# sandbox holds is thrown away first.
set -eu
cd "$(dirname "$0")"

groundplan() {
    echo
    echo "\$ groundplan $*"
    cargo run --quiet --manifest-path ../../Cargo.toml --bin groundplan -- "$@"
}

groundplan sandbox stop
groundplan -chdir=network apply -sandbox -auto-approve
groundplan apply -sandbox -auto-approve -var name=bob
groundplan plan -sandbox -detailed-exitcode -var name=bob
groundplan output -sandbox
groundplan destroy -sandbox -auto-approve -var name=bob
groundplan -chdir=network destroy -sandbox -auto-approve
groundplan sandbox stop
