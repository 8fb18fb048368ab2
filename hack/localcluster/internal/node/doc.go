// Package node gives one cluster a machine of its own on this machine: a process with its own process, mount and network
// namespaces, a link to the host, and a tree of cgroups. What runs inside ends with that process, and nothing of it is left on
// the host afterwards: no process, mount, link, route or cgroup, however the owner ends.
//
// Three processes work together. The owner (Start) makes the namespaces and the link. Init is the first process inside; it
// prepares mounts and cgroups, runs the cluster, and collects orphans. Sweep waits outside until all of them are gone, and then
// removes what the kernel does not remove by itself. It is a fixture for tests and demos of one machine, not a way to run
// Kubernetes.
package node
