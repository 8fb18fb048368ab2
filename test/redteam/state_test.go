package redteam

import (
	"errors"
	"fmt"
	"testing"
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
