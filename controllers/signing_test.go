package controllers_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// readSigned returns the file in the ConfigMap of the chatbot support, and what its signature states.
func (w *world) readSigned() (string, seal.Statement) {
	w.t.Helper()
	var configMap corev1.ConfigMap
	w.get(&configMap, owned)
	ring, err := builders.Keys()
	if err != nil {
		w.t.Fatal(err)
	}
	statement, err := seal.Open([]byte(configMap.Data[contract.SidecarSignatureKey]), ring.Verifiers())
	if err != nil {
		w.t.Fatal(err)
	}
	file := configMap.Data[contract.SidecarConfigKey]
	if statement.Digest != seal.ComputeDigest([]byte(file)) {
		w.t.Error("the signature is that of another file")
	}
	return file, statement
}

// TestConfigurationIsSignedAgain: a configuration is signed again in time, also while the declaration is denied, and this is neither an event nor
// a change of the status.
func TestConfigurationIsSignedAgain(t *testing.T) {
	for name, isDenied := range map[string]bool{"compliant": false, "denied": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declare("support", appLabels("support"))
			w.reconcile("support")
			d := w.read("support")
			file, first := w.readSigned()
			if first.Chatbot != w.namespace+"/support" || first.UID != string(d.UID) || !first.Expires.Equal(noon.Add(7*24*time.Hour)) {
				t.Errorf("statement is %+v", first)
			}
			if isDenied {
				w.verdict = newDenyVerdict()
			}
			result := w.reconcile("support")
			if _, again := w.readSigned(); again != first || result.RequeueAfter <= 0 {
				t.Errorf("signed again at once: %+v; next look after %s", again, result.RequeueAfter)
			}
			w.drainEvents()
			before := w.read("support")

			w.clock.SetTime(noon.Add(84 * time.Hour))
			w.reconcile("support")
			renewed, second := w.readSigned()
			if second.Serial <= first.Serial || !second.Expires.Equal(first.Expires.Add(84*time.Hour)) || renewed != file {
				t.Errorf("statement after half a week is %+v, before %+v", second, first)
			}
			if diff := cmp.Diff(before.ResourceVersion, w.read("support").ResourceVersion); diff != "" {
				t.Errorf("the status was written:\n%s", diff)
			}
			if got := w.drainEvents(); len(got) > 0 {
				t.Errorf("events: %v", got)
			}
		})
	}
}

// TestPodThatTrustsOtherKeysIsNotGoverned: a pod that was created with keys that are lost takes no configuration any more.
func TestPodThatTrustsOtherKeysIsNotGoverned(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	d := w.read("support")
	w.run(w.governedPod(d, "lost", d.Status.SidecarConfigHash, func(p *corev1.Pod) {
		args := p.Spec.InitContainers[0].Args
		for i := range args {
			if i > 0 && args[i-1] == "--trust" {
				args[i] = builders.Key(9, noon).Text()
			}
		}
	}))
	w.reconcile("support")
	w.checkCondition("support", v1alpha1.ConditionWorkloadsGoverned, "False/SidecarDiffers")
}
