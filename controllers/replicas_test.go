package controllers_test

import (
	"context"
	"testing"

	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/chaperone-dev/chaperone/controllers"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// recordingManager remembers what it is to run.
type recordingManager struct {
	ctrl.Manager
	added []manager.Runnable
}

func (m *recordingManager) Add(r manager.Runnable) error {
	m.added = append(m.added, r)
	return m.Manager.Add(r)
}

// Controllers of a replica that does not lead fill their queues in advance. If a cache that one of them waits for ran on the leader only, the
// others would end after two minutes.
func TestEveryReplicaRunsTheCaches(t *testing.T) {
	w, engine := newWorld(t), newEngine(t)
	inner, err := ctrl.NewManager(cluster.Config, ctrl.Options{
		Scheme: w.client.Scheme(), Cache: controllers.CacheOptions(w.namespace), Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	mgr := &recordingManager{Manager: inner}
	if err := controllers.Add(mgr, controllers.Options{
		Engine: engine, Reviewer: newReviewer(t, engine), Image: builders.Image, Clock: clocktesting.NewFakePassiveClock(noon),
		Keys: &keyring.Holder{}, Namespace: w.namespace,
	}); err != nil {
		t.Fatal(err)
	}
	caches := 0
	for _, added := range mgr.added {
		if _, isCache := added.(interface{ WaitForCacheSync(context.Context) bool }); !isCache {
			continue
		}
		caches++
		if r, ok := added.(manager.LeaderElectionRunnable); !ok || r.NeedLeaderElection() {
			t.Errorf("%T runs on the leader only", added)
		}
	}
	if caches < 2 {
		t.Errorf("%d caches, want those of the signing keys and of the governed pods", caches)
	}
}
