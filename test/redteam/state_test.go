package redteam

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// runningSidecar is the status of a pod whose sidecar runs.
const runningSidecar = `{"status":{"phase":"Running","initContainerStatuses":[{"name":"chaperone","started":true,"ready":true,"restartCount":0,"image":"x","imageID":"","state":{"running":{}}}]}}`

// forgedPodState writes the state of a governed pod as a team, and as those who may: its node, what reports for other nodes, and the controller
// that ends the pods of lost nodes. Conditions stay everybody's.
func forgedPodState(t *testing.T, w *world) error {
	path := pods(shop) + "/bot/status" + dryRun
	var errs []error
	for _, forged := range []string{
		runningSidecar, `{"status":{"phase":"Succeeded"}}`, `{"status":{"phase":"Failed"}}`,
		`{"status":{"podIP":"10.9.9.9","podIPs":[{"ip":"10.9.9.9"}]}}`,
		`{"status":{"containerStatuses":[{"name":"bot","ready":true,"restartCount":0,"image":"x","imageID":"other@sha256:0","state":{"running":{}}}]}}`,
	} {
		if err := w.call(t, broad, merge, path, forged).refusedWith("chaperone floor", "its node reports"); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", forged, err))
		}
	}
	w.grantStates(t)
	for _, reported := range []struct {
		who        person
		user, body string
	}{
		{broad, "", `{"status":{"conditions":[{"type":"redteam.example/gate","status":"True"}]}}`},
		{administrator, "system:node:redteam", runningSidecar},
		{administrator, "redteam-virtual-kubelet", runningSidecar},
		{administrator, "system:serviceaccount:kube-system:pod-garbage-collector", `{"status":{"phase":"Failed"}}`},
	} {
		if a := w.callAs(t, reported.who, reported.user, strategic, path, reported.body); !a.ok() {
			errs = append(errs, fmt.Errorf("%s %s: %s", reported.who, reported.user, a.message()))
		}
	}
	return errors.Join(errs...)
}

// forgedEnd ends a pod that nobody governs by its status, and leaves pods of other namespaces alone.
func forgedEnd(t *testing.T, w *world) error {
	path, errs := w.plainPod(t)+"/status"+dryRun, []error(nil)
	for _, phase := range []string{"Succeeded", "Failed"} {
		errs = append(errs, w.call(t, broad, merge, path, `{"status":{"phase":"`+phase+`"}}`).refusedWith("chaperone floor", "its node reports"))
	}
	// Lawful neighbors: a condition, the controller that ends pods of lost nodes, and a pod where there is no chatbot.
	const namespace = "no-chatbot"
	elsewhere := pods(namespace) + "/plain"
	if !w.down {
		w.namespace(t, namespace)
		w.must(t, administrator, post, pods(namespace), pod(namespace, "plain", func(p *corev1.Pod) { p.Labels = nil }))
		eventually(t, "the rights of the team", func() error {
			if a := w.call(t, broad, merge, elsewhere+"/status"+dryRun, `{"status":{"message":"x"}}`); !a.ok() {
				return errors.New(a.message())
			}
			return nil
		})
	}
	for _, a := range []answer{
		w.call(t, broad, strategic, path, `{"status":{"conditions":[{"type":"redteam.example/gate","status":"True"}]}}`),
		w.callAs(t, administrator, "system:serviceaccount:kube-system:pod-garbage-collector", strategic, path, `{"status":{"phase":"Failed"}}`),
		w.call(t, broad, merge, elsewhere+"/status"+dryRun, `{"status":{"phase":"Failed"}}`),
	} {
		if !a.ok() {
			errs = append(errs, fmt.Errorf("a lawful change is refused: %s", a.message()))
		}
	}
	return errors.Join(errs...)
}

// movedPod gives a pod that nobody governs the address of the governed one, to which pods/proxy and the endpoints of a Service would then lead.
func movedPod(t *testing.T, w *world) error {
	path := w.plainPod(t) + "/status" + dryRun
	const moved = `{"status":{"podIP":"` + addressOfBot + `","podIPs":[{"ip":"` + addressOfBot + `"}]}}`
	err := w.call(t, broad, merge, path, moved).refusedWith("chaperone floor", "its node reports")
	w.grantStates(t)
	// Lawful neighbors: its node, and what reports for other nodes.
	for _, user := range []string{"system:node:redteam", "redteam-virtual-kubelet"} {
		if a := w.callAs(t, administrator, user, strategic, path, moved); !a.ok() {
			err = errors.Join(err, fmt.Errorf("%s: %s", user, a.message()))
		}
	}
	return err
}

// grantStates lets nodes write statuses of pods, which their authorizer does where there are nodes, and something else report for nodes.
func (w *world) grantStates(t *testing.T) {
	t.Helper()
	const group = "rbac.authorization.k8s.io"
	for _, object := range []struct{ path, body string }{
		{"clusterroles", `{metadata: {name: redteam-states}, rules: [{apiGroups: [""], resources: [pods/status, nodes/status], verbs: [update, patch]}]}`},
		{"clusterrolebindings", `{metadata: {name: redteam-states}, roleRef: {apiGroup: ` + group + `, kind: ClusterRole, name: redteam-states},
			subjects: [{apiGroup: ` + group + `, kind: User, name: redteam-virtual-kubelet}]}`},
		{"clusterroles", `{metadata: {name: redteam-node}, rules: [{apiGroups: [""], resources: [pods/status], verbs: [patch]}]}`},
		{"clusterrolebindings", `{metadata: {name: redteam-node}, roleRef: {apiGroup: ` + group + `, kind: ClusterRole, name: redteam-node},
			subjects: [{apiGroup: ` + group + `, kind: User, name: "system:node:redteam"}]}`},
	} {
		if a := w.call(t, administrator, post, "/apis/"+group+"/v1/"+object.path, object.body); !a.ok() && a.code != 409 {
			t.Fatal(a.message())
		}
	}
	eventually(t, "the rights", func() error {
		for _, user := range []string{"system:node:redteam", "redteam-virtual-kubelet"} {
			if a := w.callAs(t, administrator, user, strategic, pods(shop)+"/bot/status"+dryRun, `{"status":{"message":"x"}}`); !a.ok() {
				return errors.New(a.message())
			}
		}
		return nil
	})
}
