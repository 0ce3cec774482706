#!/bin/bash
# Brings ONNX Runtime 1.29.0 into the folder $1: Runtime/ (managed sources) and libonnxruntime.so (on x86-64 the GPU
# build, which also runs on the CPU). Versions and hashes are those of package-lock.json beside this file.
set -euo pipefail
case "$(uname -m)" in
    x86_64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) echo "vfi: ONNX Runtime is built for x86-64 and ARM64, not for $(uname -m)" >&2; exit 3 ;;
esac
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="$1"
mkdir -p "$(dirname "$target")"
work="$(mktemp -d "$(dirname "$target")/fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$work/"
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
mkdir "$work/out"
cp -r "$work/node_modules/com.github.asus4.onnxruntime/Runtime" "$work/out/Runtime"
rm -rf "$work/out/Runtime/Training"
cp "$work/node_modules/onnxruntime-node/bin/napi-v6/linux/$processor/libonnxruntime.so.1" "$work/out/libonnxruntime.so"
rm -rf "$target"
mv "$work/out" "$target"
