// Package e2e tries Chaperone where it is used: on a real node, with real pods, probes, Services and restarts, installed by
// config/default. The cluster and the installation are those of `demo --stay`, so that what is tested is what is shown.
//
// There is one order: TestOnNode runs its parts one after the other, the one that takes Chaperone away last. Where the machine
// cannot run a node the tests are skipped, and say why.
package e2e
