// Package faults breaks parts of an installation while pods are created all the time, and judges every answer: several managers as processes,
// behind a balancer as behind their Service, and a real API server that can be restarted. `make test-faults` runs it.
package faults
