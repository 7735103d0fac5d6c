// CoreDNS with the plugins that the VPN servers' Corefile names and no others: the full program
// compiles the SDKs of several clouds, too, which no Corefile of ours asks.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/acl"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/bufsize"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

func init() {
	// In the order of the official build (plugin.cfg of the same release).
	dnsserver.Directives = []string{
		"bufsize", "bind", "ready", "prometheus", "acl", "cache", "template", "forward",
	}
}

func main() { coremain.Run() }
