package controllers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// TestDeskIsWatched runs every controller: what becomes of the Service of the desk and of its endpoints reaches the status and the configuration.
func TestDeskIsWatched(t *testing.T) {
	now := clocktesting.NewFakePassiveClock(noon)
	startControllersAt(t, now)
	w := newWorld(t)
	w.declareCompliant("support", func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Accountability.Roles = append(d.Spec.Accountability.Roles, "online-platform")
		d.Spec.Oversight.Handoff = &v1alpha1.Handoff{URL: v1alpha1.URL("http://humans." + w.namespace + ".svc:8080/handoff")}
	})
	w.awaitCondition("support", v1alpha1.ConditionHandoffAvailable, "True/HandoffAvailable")
	now.SetTime(noon.Add(time.Minute))
	meta := metav1.ObjectMeta{Namespace: w.namespace, Name: "humans", Labels: map[string]string{discoveryv1.LabelServiceName: "humans"}}
	w.create(&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 8080}}}})
	w.awaitCondition("support", v1alpha1.ConditionHandoffAvailable, "False/HandoffUnavailable")
	w.awaitUnavailable(true)
	endpoints := &discoveryv1.EndpointSlice{
		ObjectMeta: meta, AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.0.0.7"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(false)}}},
	}
	w.create(endpoints)
	endpoints.Endpoints[0].Conditions.Ready = ptr.To(true)
	w.update(endpoints)
	w.awaitCondition("support", v1alpha1.ConditionHandoffAvailable, "True/HandoffAvailable")
	w.awaitUnavailable(false)
}

// awaitUnavailable waits until the sidecar's configuration says whether the desk is unavailable.
func (w *world) awaitUnavailable(want bool) {
	w.t.Helper()
	eventually(w.t, func() error {
		configMap := &corev1.ConfigMap{}
		w.get(configMap, "chaperone-support")
		if strings.Contains(configMap.Data["config.json"], `"unavailable": true`) != want {
			return errors.New(configMap.Data["config.json"])
		}
		return nil
	})
}
