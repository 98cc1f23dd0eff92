#!/bin/bash
#
# Set standard production config values at the start of a test, as the suites for
# Linux do.
/usr/bin/env sysctl -q net.ipv4.tcp_timestamps=0
sysctl -q net.ipv4.tcp_congestion_control=reno
sysctl -q net.ipv4.tcp_rmem="4096 540000 15728640"
sysctl -q net.ipv4.tcp_wmem="4096 20000 4194304"
ip tcp_metrics flush all > /dev/null 2>&1
tc qdisc replace dev tun0 root pfifo
exit 0
