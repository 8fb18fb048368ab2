package main

import (
	"net/http"
	"sync"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// reportingManager logs why the manager is not ready. Its answers to probes name only the checks that fail.
type reportingManager struct{ manager.Manager }

// AddReadyzCheck implements manager.Manager.
func (m reportingManager) AddReadyzCheck(name string, check healthz.Checker) error {
	return m.Manager.AddReadyzCheck(name, reportChanges(m.GetLogger().WithValues("check", name), check))
}

// reportChanges returns a check that logs the error of another one when it changes.
func reportChanges(log logr.Logger, check healthz.Checker) healthz.Checker {
	var mu sync.Mutex
	last := ""
	return func(r *http.Request) error {
		err := check(r)
		reason := ""
		if err != nil {
			reason = err.Error()
		}
		mu.Lock()
		defer mu.Unlock()
		switch reason {
		case last:
		case "":
			log.Info("Ready")
		default:
			log.Info("Not ready", "reason", reason)
		}
		last = reason
		return err
	}
}
