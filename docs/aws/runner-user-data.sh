#!/bin/bash
# User data of a GitHub runner inside a region's VPC (docs/ci-runner.md): Amazon Linux 2023, arm64.
set -euo pipefail
dnf install -y git tar gzip libicu
useradd runner
cd /home/runner
version=$(curl -fsSL https://api.github.com/repos/actions/runner/releases/latest | grep -o '"tag_name": *"v[^"]*' | grep -o '[0-9.]*$')
curl -fsSL "https://github.com/actions/runner/releases/download/v$version/actions-runner-linux-arm64-$version.tar.gz" | tar xz
chown -R runner: .
sudo -u runner ./config.sh --unattended --replace --url https://github.com/REPOSITORY --token TOKEN --name securevpn-STACK --labels securevpn-STACK
./svc.sh install runner
./svc.sh start
