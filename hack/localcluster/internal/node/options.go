package node

import "net/netip"

// Commands of the program that this package starts itself as. They are not for users.
const (
	CommandInit  = "node-init"
	CommandProbe = "node-probe"
	CommandSweep = "node-sweep"
)

// Containerd is the socket of the container runtime, inside.
const Containerd = "/run/containerd/containerd.sock"

// Options say what to start.
type Options struct {
	// Data is the cluster's folder; it must not be below /run or /var, which the node covers.
	Data string
	// Base is the network to take subnets of.
	Base netip.Prefix
	// SearchPath is the PATH of everything inside.
	SearchPath string
	// Run returns the arguments with which this program runs the cluster inside.
	Run func(Network) []string
}

// Requirements say for what the machine is checked.
type Requirements struct {
	// Folder is where images and containers will be; it need not exist yet.
	Folder string
	// Base is the network to take subnets of.
	Base netip.Prefix
	// SearchPath is where programs of the system are looked for.
	SearchPath string
}
