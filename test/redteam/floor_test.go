package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

func workloadRows() []row {
	return []row{
		{id: "K-06a", attack: "A workload of a kind that Kubernetes does not have (Argo Rollout, OpenKruise CloneSet, LeaderWorkerSet, …) has a template that admission refuses.",
			try: foreignWorkloads},
		{id: "K-06b", attack: "The Deployment of a chatbot has a template that admission refuses.",
			try: refuses(namespaceAdmin, post, "/apis/apps/v1/namespaces/"+shop+"/deployments"+dryRun, deploymentOnNode(), "workload.host_network")},
	}
}

func deploymentOnNode() any {
	d := builders.Deployment()
	d.Namespace, d.Spec.Template.Spec.HostNetwork = shop, true
	return d
}

// foreignDefinition is the least that the API server needs to accept objects of a kind. Its arguments are the group, the kind, its plural
// and its version.
const foreignDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[3]s.%[1]s}
spec:
  group: %[1]s
  scope: Namespaced
  names: {kind: %[2]s, plural: %[3]s}
  versions:
  - name: %[4]s
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}`

// foreignWorkloads tries a template on the network of the node where each kind has one.
func foreignWorkloads(t *testing.T, w *world) error {
	template := pod(shop, "", func(p *corev1.Pod) { p.Spec.HostNetwork = true })
	in := func(keys ...string) any {
		var value any = template
		for _, key := range slices.Backward(keys) {
			value = map[string]any{key: value}
		}
		return value
	}
	var errs []error
	for _, c := range []struct {
		group, kind, plural, version string
		spec                         any
	}{
		{"argoproj.io", "Rollout", "rollouts", "v1alpha1", in("template")},
		{"apps.kruise.io", "CloneSet", "clonesets", "v1alpha1", in("template")},
		{"leaderworkerset.x-k8s.io", "LeaderWorkerSet", "leaderworkersets", "v1", in("leaderWorkerTemplate", "workerTemplate")},
		{"kubeflow.org", "PyTorchJob", "pytorchjobs", "v1", in("pytorchReplicaSpecs", "Worker", "template")},
		{"ray.io", "RayService", "rayservices", "v1", map[string]any{"rayClusterConfig": map[string]any{"workerGroupSpecs": []any{in("template")}}}},
	} {
		w.must(t, administrator, post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
			fmt.Sprintf(foreignDefinition, c.group, c.kind, c.plural, c.version))
		object := map[string]any{
			"apiVersion": c.group + "/" + c.version, "kind": c.kind, "metadata": map[string]any{"name": "bot"}, "spec": c.spec,
		}
		path := "/apis/" + c.group + "/" + c.version + "/namespaces/" + shop + "/" + c.plural + dryRun
		var a answer
		eventually(t, "the resource "+c.plural, func() error {
			if a = w.call(t, administrator, post, path, object); a.code == 404 {
				return errors.New(a.message())
			}
			return nil
		})
		errs = append(errs, a.refusedWith("workload.host_network"))
	}
	return errors.Join(errs...)
}

func floorRows() []row {
	mutating, validating := admissionPath+"mutatingwebhookconfigurations/chaperone-mutating", admissionPath+"validatingwebhookconfigurations/chaperone-validating"
	return []row{
		{id: "K-07a", attack: "A script sets the webhooks to Ignore.", try: ignoredWebhooks(validating)},
		{id: "K-07b", attack: "A script deletes the webhooks.", try: deletedWebhooks(mutating, validating)},
		{id: "K-07c", attack: "While no manager and no webhook is there, a tenant creates a pod that the declaration selects, without the label.",
			alone: true, serial: true, try: podWithoutWebhooks(mutating, validating)},
		{id: "K-07e", attack: "While no manager runs, a tenant creates a pod that the declaration selects by expressions.", alone: true, try: selectedByExpressions},
		{id: "K-07d", attack: "A script deletes the Secret with the certificate of the webhooks.",
			try: func(t *testing.T, w *world) error {
				err := w.comesBack(t, "/api/v1/namespaces/chaperone-system/secrets/chaperone-webhook-cert")
				eventually(t, "decisions as before", func() error { return w.stillDecides(t) })
				return err
			}},
	}
}

// selectedByExpressions compares which pods the admission baseline refuses with those that the selector matches. It can be seen while no manager
// runs: the webhooks, which are asked later, refuse the others.
func selectedByExpressions(t *testing.T, w *world) error {
	const namespace = "by-expressions"
	if !w.down {
		w.namespace(t, namespace)
		w.declare(t, namespace, func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Selector = metav1.LabelSelector{
				MatchLabels: map[string]string{"team": "shop"},
				MatchExpressions: []metav1.LabelSelectorRequirement{
					{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: []string{"a", "b"}},
					{Key: "tier", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"test"}},
					{Key: "bot", Operator: metav1.LabelSelectorOpExists},
					{Key: "off", Operator: metav1.LabelSelectorOpDoesNotExist},
				},
			}
		})
		return nil
	}
	var errs []error
	for text, selected := range map[string]bool{
		"team=shop,app=a,bot=1":           true,
		"team=shop,app=b,bot=1,tier=prod": true,
		"team=shop,app=c,bot=1":           false,
		"team=shop,bot=1":                 false,
		"team=shop,app=a,bot=1,tier=test": false,
		"team=shop,app=a":                 false,
		"team=shop,app=a,bot=1,off=1":     false,
		"team=else,app=a,bot=1":           false,
		"app=a,bot=1":                     false,
	} {
		set, err := labels.ConvertSelectorToLabelsMap(text)
		if err != nil {
			t.Fatal(err)
		}
		a := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "attack", func(p *corev1.Pod) { p.Labels = set }))
		if refused := strings.Contains(a.message(), "chaperone-floor-selected"); a.ok() || refused != selected {
			errs = append(errs, fmt.Errorf("%s: selected %t, but %d: %s", text, selected, a.code, a.message()))
		}
	}
	return errors.Join(errs...)
}

func ignoredWebhooks(path string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		policyOfPods := `[{"op":"%s","path":"/webhooks/1/failurePolicy","value":"%s"}]`
		w.must(t, administrator, jsonPatch, path, fmt.Sprintf(policyOfPods, "replace", "Ignore"))
		err := within(repairTime, func() error {
			var got admissionv1.ValidatingWebhookConfiguration
			w.must(t, administrator, get, path, nil).decode(t, &got)
			if *got.Webhooks[1].FailurePolicy == admissionv1.Ignore {
				return errors.New("the webhook of pods is still set to Ignore")
			}
			return nil
		})
		if err != nil {
			w.must(t, administrator, jsonPatch, path, fmt.Sprintf(policyOfPods, "replace", "Fail"))
		}
		return err
	}
}

func deletedWebhooks(paths ...string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		var errs []error
		for _, path := range paths {
			errs = append(errs, w.comesBack(t, path))
		}
		eventually(t, "decisions as before", func() error { return w.stillDecides(t) })
		return errors.Join(errs...)
	}
}

// podWithoutWebhooks deletes the webhooks, creates the pod, and puts them back. A manager that runs would put them back before.
func podWithoutWebhooks(paths ...string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		if !w.down {
			return nil
		}
		var objects []string
		for _, path := range paths {
			objects = append(objects, withoutServerFields(t, w.must(t, administrator, get, path, nil).body))
			w.must(t, administrator, remove, path, nil)
		}
		// The API server forgets webhooks a moment after they are deleted.
		err := within(repairTime, func() error {
			return w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack")).refusedWith("chaperone floor")
		})
		for i, path := range paths {
			w.must(t, administrator, post, path[:strings.LastIndex(path, "/")], objects[i])
		}
		eventually(t, "the webhooks", func() error {
			return w.call(t, namespaceAdmin, post, networkPolicies(shop)+dryRun, openingPolicy()).refusedWith("failed calling webhook")
		})
		return err
	}
}

func withoutServerFields(t *testing.T, body string) string {
	t.Helper()
	object := map[string]any{}
	if err := json.Unmarshal([]byte(body), &object); err != nil {
		t.Fatal(err)
	}
	meta := object["metadata"].(map[string]any)
	for _, field := range []string{"uid", "resourceVersion", "managedFields", "creationTimestamp", "generation"} {
		delete(meta, field)
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
