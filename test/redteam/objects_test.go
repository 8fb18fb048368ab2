package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// objectRows are attacks on what Chaperone writes.
func objectRows() []row {
	policy := networkPolicies(shop) + "/chaperone-support"
	owner := `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"throwaway","uid":"00000000-0000-0000-0000-000000000000"}]}}`
	return []row{
		{id: "A-35", attack: "A namespace admin deletes all declarations while their pods run.", try: deleteDeclarations, alone: true},
		{id: "A-41", attack: "A namespace admin gives the NetworkPolicy another owner, to have it collected.", alone: true,
			try: refuses(namespaceAdmin, merge, policy+dryRun, owner, "chaperone floor")},
		{id: "A-46", attack: "A namespace admin scales the desk of the human handoff to zero.", try: deskIsWatched},
		{id: "A-47", attack: "A tenant writes an old version of a resource, which lacks a field.", try: oneVersion},
		{id: "A-49a", attack: "A tenant deletes the admission baseline.", try: deleteBaseline(namespaceAdmin)},
		{id: "A-49b", attack: "A cluster administrator's script deletes the binding of a baseline policy.", try: deletedBindingComesBack},
		{id: "A-50", attack: "A new version of Kubernetes adds a subresource of pods, Services or namespaces.", try: everySubresource},
	}
}

// deleteDeclarations deletes the declaration of a chatbot with a running pod, and then that of one whose pods are gone.
func deleteDeclarations(t *testing.T, w *world) error {
	if err := w.call(t, namespaceAdmin, remove, declarations(shop)+"/support"+dryRun, nil).refusedWith("chaperone floor", "chaperone-release"); err != nil || w.down {
		return err
	}
	const namespace = "delete-all"
	w.chatbot(t, namespace)
	w.governs(t, namespace, 1)
	w.must(t, namespaceAdmin, remove, pods(namespace)+"/bot?gracePeriodSeconds=0", nil)
	w.governs(t, namespace, 0)
	w.must(t, namespaceAdmin, remove, declarations(namespace)+"/support", nil)
	return nil
}

// governs waits until the status of the chatbot counts that many pods.
func (w *world) governs(t *testing.T, namespace string, want int32) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d pods in the status", want), func() error {
		var got v1alpha1.ChatbotDeployment
		w.must(t, administrator, get, declarations(namespace)+"/support", nil).decode(t, &got)
		if got.Status.Workloads.Governed != want {
			return fmt.Errorf("workloads: %+v", got.Status.Workloads)
		}
		return nil
	})
}

// deskIsWatched declares a chatbot of a platform, whose users must reach a human (Art. 12 of the Digital Services Act). Its desk has no pod, and
// then one.
func deskIsWatched(t *testing.T, w *world) error {
	const namespace, patience = "without-a-desk", time.Minute
	w.chatbot(t, namespace, func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Accountability.Roles = append(d.Spec.Accountability.Roles, "online-platform")
		d.Spec.Oversight.Handoff = &v1alpha1.Handoff{URL: "http://humans." + namespace + ".svc:8080/handoff"}
	})
	w.must(t, namespaceAdmin, post, services(namespace), "metadata: {name: humans}\nspec: {ports: [{port: 8080}], selector: {app: humans}}")
	begins := func(want bool) func() error {
		return func() error {
			a := w.must(t, namespaceAdmin, get, configMaps(namespace)+"/chaperone-support", nil)
			if strings.Contains(a.body, "unavailable") == want {
				return fmt.Errorf("the sidecar lets conversations begin: %t", !want)
			}
			return w.hasCondition(t, namespace, v1alpha1.ConditionHandoffAvailable, want)
		}
	}
	if err := within(patience+repairTime, begins(false)); err != nil {
		return err
	}
	w.must(t, administrator, post, "/apis/discovery.k8s.io/v1/namespaces/"+namespace+"/endpointslices", `
metadata: {name: humans-1, labels: {kubernetes.io/service-name: humans}}
addressType: IPv4
endpoints: [{addresses: [10.1.2.4]}]
ports: [{port: 8080}]`)
	return within(repairTime, begins(true))
}

// hasCondition returns an error unless the chatbot has the condition with the status.
func (w *world) hasCondition(t *testing.T, namespace, conditionType string, want bool) error {
	t.Helper()
	var got v1alpha1.ChatbotDeployment
	w.must(t, namespaceAdmin, get, declarations(namespace)+"/support", nil).decode(t, &got)
	c := meta.FindStatusCondition(got.Status.Conditions, conditionType)
	if c == nil || (c.Status == metav1.ConditionTrue) != want {
		return fmt.Errorf("condition %s: %+v", conditionType, c)
	}
	return nil
}

// oneVersion holds as long as no resource has a second version, and nothing is converted.
func oneVersion(t *testing.T, w *world) error {
	var list struct {
		Items []struct {
			Spec struct {
				Group      string
				Versions   []struct{ Name string }
				Conversion struct{ Strategy string }
			}
		}
	}
	w.must(t, administrator, get, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", nil).decode(t, &list)
	found := 0
	for _, d := range list.Items {
		if d.Spec.Group != "chaperone.dev" {
			continue
		}
		found++
		if len(d.Spec.Versions) != 1 || d.Spec.Conversion.Strategy != "None" {
			return fmt.Errorf("versions %v, conversion %s", d.Spec.Versions, d.Spec.Conversion.Strategy)
		}
	}
	if found == 0 {
		return errors.New("no definition is there, so this shows nothing")
	}
	return nil
}

const admissionPath = "/apis/admissionregistration.k8s.io/v1/"

func deleteBaseline(who person) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		var errs []error
		for _, path := range []string{
			"validatingadmissionpolicies/chaperone-floor-pods", "validatingadmissionpolicybindings/chaperone-floor-pods",
			"validatingwebhookconfigurations/chaperone-validating", "mutatingwebhookconfigurations/chaperone-mutating",
		} {
			errs = append(errs, w.call(t, who, remove, admissionPath+path+dryRun, nil).refusedWith("cannot delete resource"))
		}
		return errors.Join(errs...)
	}
}

func deletedBindingComesBack(t *testing.T, w *world) error {
	err := w.comesBack(t, admissionPath+"validatingadmissionpolicybindings/chaperone-floor-status")
	eventually(t, "the restored policy", func() error {
		return w.call(t, broad, merge, declarations(shop)+"/support/status"+dryRun, `{"status":{"outcome":"Allow"}}`).refusedWith("chaperone floor")
	})
	return err
}

// comesBack deletes an object as the administrator, and looks for it for as long as a repair may take. It restores what does not come back.
func (w *world) comesBack(t *testing.T, path string) error {
	t.Helper()
	object := map[string]any{}
	w.must(t, administrator, get, path, nil).decode(t, &object)
	w.must(t, administrator, remove, path, nil)
	err := within(repairTime, func() error {
		a := w.call(t, administrator, get, path, nil)
		if a.ok() {
			return nil
		}
		return errors.New(a.message())
	})
	if err == nil {
		return nil
	}
	meta := object["metadata"].(map[string]any)
	for _, field := range []string{"uid", "resourceVersion", "managedFields", "creationTimestamp", "generation"} {
		delete(meta, field)
	}
	collection := path[:strings.LastIndex(path, "/")]
	w.must(t, administrator, post, collection, object)
	return err
}

// settingRows are values that mean something else to different readers.
func settingRows() []row {
	return []row{
		{id: "A-37", attack: "A tenant declares numbers at the edges: too large, negative, with a fraction, as text.", try: edgesOfNumbers},
		{id: "A-38a", attack: "A tenant hides characters that turn, hide or move text in what a finding quotes.", try: hiddenCharacters},
		{id: "A-38b", attack: "A tenant names a declaration with letters of another alphabet.",
			try: refuses(namespaceAdmin, post, declarations(shop)+dryRun, declarationWith(func(d map[string]any) {
				d["metadata"] = map[string]any{"name": "suppоrt", "namespace": shop}
			}), "metadata.name")},
	}
}

// declarationWith returns a declaration of other pods in the shop, after the change.
func declarationWith(change func(map[string]any)) map[string]any {
	text, err := json.Marshal(builders.ChatbotDeployment())
	if err != nil {
		panic(err)
	}
	object := map[string]any{}
	if err := json.Unmarshal(text, &object); err != nil {
		panic(err)
	}
	object["metadata"] = map[string]any{"name": "attack", "namespace": shop}
	spec := object["spec"].(map[string]any)
	spec["selector"] = map[string]any{"matchLabels": map[string]any{"app": "attack"}}
	change(object)
	return object
}

func edgesOfNumbers(t *testing.T, w *world) error {
	var errs []error
	for _, number := range []string{"9223372036854775807", "9223372036854775808", "-1", "30.5", `"30"`, "1e30"} {
		object := declarationWith(func(d map[string]any) {
			d["spec"].(map[string]any)["retention"] = map[string]any{"transcriptDays": json.RawMessage(number)}
		})
		a := w.call(t, namespaceAdmin, post, declarations(shop)+dryRun, object)
		if err := a.refusedWith("transcriptDays"); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", number, err))
		}
	}
	return errors.Join(errs...)
}

// hiddenCharacters puts characters that turn, hide or move text into what a finding quotes, and reads what people see of it.
func hiddenCharacters(t *testing.T, w *world) error {
	a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", func(p *corev1.Pod) {
		p.Spec.Containers[0].Image = "shop\u202e/\u200bbot\U000e0041\u001b[2J:1"
	}))
	said := a.message() + fmt.Sprint(a.warnings)
	if !strings.Contains(said, "workload.image_by_digest") {
		return fmt.Errorf("no finding quotes the image, so this shows nothing: %d: %s", a.code, said)
	}
	for _, character := range []string{"\u202e", "\u200b", "\U000e0041", "\u001b"} {
		if strings.Contains(fmt.Sprint(a.warnings), character) {
			return fmt.Errorf("%q is shown: %q", character, a.warnings)
		}
	}
	return nil
}

// networkPolicyOf reads the NetworkPolicy of the chatbot support.
func (w *world) networkPolicyOf(t *testing.T, namespace string) networkingv1.NetworkPolicy {
	t.Helper()
	var policy networkingv1.NetworkPolicy
	w.must(t, administrator, get, networkPolicies(namespace)+"/chaperone-support", nil).decode(t, &policy)
	return policy
}
