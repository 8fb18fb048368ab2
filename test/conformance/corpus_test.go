package conformance_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/policies"
)

// defaultAsOf is the day of cases that name none.
const defaultAsOf = "2026-11-23"

// topic is all cases about one rule.
type topic struct {
	Rule  string     `json:"rule"`
	Cases []caseFile `json:"cases"`
}

// caseFile is one case as it is written.
type caseFile struct {
	// Name is a sentence.
	Name string `json:"name"`
	// Kind is what the case shows of its rule: denying, passing, boundary (the last value that passes) or missing (the field is
	// not there).
	Kind string `json:"kind"`
	// Base is the base declaration; "eu" when empty.
	Base string `json:"base"`
	// AsOf is the day for which is decided.
	AsOf string `json:"asOf"`
	// Change is a merge patch of the base declaration, Pod and Service strategic merge patches of the base pod and the base
	// Service. When one of these is there it is judged, else the declaration.
	Change  json.RawMessage `json:"change"`
	Pod     json.RawMessage `json:"pod"`
	Service json.RawMessage `json:"service"`
	// NetworkPolicy is a strategic merge patch of the base NetworkPolicy, which is judged instead.
	NetworkPolicy json.RawMessage `json:"networkPolicy"`
	// EndpointSlice is a strategic merge patch of the base EndpointSlice, which is judged instead. Its address is that of the base pod.
	EndpointSlice json.RawMessage `json:"endpointSlice"`
	// Beside is a strategic merge patch of the base pod. The result is in the namespace besides, and is not judged.
	Beside json.RawMessage `json:"beside"`
	// Connect is a connection that a user opens to the pod or the Service.
	Connect *connection `json:"connect"`
	// As puts the pod into the template of a workload of this kind.
	As string `json:"as"`
	// Outcome and Rules are what every edge must give.
	Outcome string   `json:"outcome"`
	Rules   []string `json:"rules"`
	// Reported are those of Rules whose findings are only reported, where others warn: admission does not tell them.
	Reported []string `json:"reported"`
	// Meets are rules that have something to say about the object, and nothing against it.
	Meets []string `json:"meets"`
	// Policy and Exception are specs of a GovernancePolicy for the namespace of the case, and of an approved PolicyException of its
	// declaration.
	Policy    json.RawMessage `json:"policy"`
	Exception json.RawMessage `json:"exception"`
	// Refused is part of the message with which the input is refused before any policy is asked: the policy or the exception if there is
	// one, else the declaration.
	Refused string `json:"refused"`
}

// connection is what a user requests: To is for example `pods/exec`, Name as in the request. BreakGlass says whether they may.
type connection struct {
	To         string `json:"to"`
	Name       string `json:"name"`
	Container  string `json:"container"`
	BreakGlass bool   `json:"breakGlass"`
}

// testCase is one case, ready to run. Each has a namespace of its own, so that all can be there at once.
type testCase struct {
	caseFile
	// rule is what the case is about; empty for what the schema refuses.
	rule, name, namespace string
	declaration           *v1alpha1.ChatbotDeployment
	// raw is the declaration as written, for what no type can hold.
	raw []byte
	// pod is nil when the declaration is reviewed; workload is set when the pod stands in its template.
	pod      *corev1.Pod
	workload client.Object
	// service is nil when no Service is judged.
	service *corev1.Service
	// networkPolicy is nil when no NetworkPolicy is judged.
	networkPolicy *networkingv1.NetworkPolicy
	// endpointSlice is nil when no EndpointSlice is judged.
	endpointSlice *discoveryv1.EndpointSlice
	// beside is nil when there is no other pod.
	beside *corev1.Pod
}

// result is what an edge says about a case.
type result struct {
	Outcome string
	Rules   []string
}

// newResult sorts the rules and drops repetitions; no rule is an empty list.
func newResult(outcome string, rules []string) result {
	sorted := append([]string{}, rules...)
	slices.Sort(sorted)
	return result{Outcome: outcome, Rules: slices.Compact(sorted)}
}

func (c testCase) want() result { return newResult(c.Outcome, c.Rules) }

// judgesDeclaration reports whether the case says what a policy finds in its declaration, not in another object.
func (c testCase) judgesDeclaration() bool {
	return c.Refused == "" && c.pod == nil && c.service == nil && c.networkPolicy == nil
}

// corpus reads all cases, sorted by their names, which are made of the rule and the sentence.
func corpus(t *testing.T) []testCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("cases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	written := map[string]testCase{}
	for _, file := range files {
		var topics []topic
		read(t, file, &topics)
		for _, topic := range topics {
			for _, c := range topic.Cases {
				name := fmt.Sprintf("%s: %s", cmp.Or(topic.Rule, "schema"), c.Name)
				if _, twice := written[name]; twice {
					t.Fatalf("%s: two cases are named %q", file, name)
				}
				written[name] = testCase{caseFile: c, rule: topic.Rule, name: name}
			}
		}
	}
	bases := readBases(t)
	var cases []testCase
	for i, name := range slices.Sorted(maps.Keys(written)) {
		c := written[name]
		c.namespace = fmt.Sprintf("case-%03d", i)
		cases = append(cases, prepare(t, bases, c))
	}
	return cases
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func prepare(t *testing.T, bases map[string][]byte, c testCase) testCase {
	t.Helper()
	c.Base, c.AsOf = cmp.Or(c.Base, "eu"), cmp.Or(c.AsOf, defaultAsOf)
	c.raw = changed(t, bases[c.Base], c.namespace, c.Change, &v1alpha1.ChatbotDeployment{})
	if c.Refused != "" && !c.hasOrganisation() {
		return c
	}
	c.declaration = &v1alpha1.ChatbotDeployment{}
	decode(t, c.raw, c.declaration)
	if c.Refused != "" {
		return c
	}
	if c.Connect != nil {
		c.Pod, c.Service = json.RawMessage(`{}`), json.RawMessage(`{}`)
	}
	if c.EndpointSlice != nil {
		c.Pod, c.endpointSlice = json.RawMessage(`{}`), &discoveryv1.EndpointSlice{}
		decode(t, changed(t, bases["endpointslice"], c.namespace, c.EndpointSlice, &discoveryv1.EndpointSlice{}), c.endpointSlice)
	}
	if c.Service != nil {
		c.service = &corev1.Service{}
		decode(t, changed(t, bases["service"], c.namespace, c.Service, &corev1.Service{}), c.service)
	}
	if c.NetworkPolicy != nil {
		c.networkPolicy = &networkingv1.NetworkPolicy{}
		decode(t, changed(t, bases["networkpolicy"], c.namespace, c.NetworkPolicy, &networkingv1.NetworkPolicy{}), c.networkPolicy)
	}
	if c.Beside != nil {
		c.beside = &corev1.Pod{}
		decode(t, changed(t, bases["pod"], c.namespace, c.Beside, &corev1.Pod{}), c.beside)
	}
	if c.Pod == nil {
		return c
	}
	c.pod = &corev1.Pod{}
	decode(t, changed(t, bases["pod"], c.namespace, c.Pod, &corev1.Pod{}), c.pod)
	if c.As != "" {
		c.workload = workloadOf(t, c.As, c.pod)
	}
	return c
}

// readBases returns the bases as JSON, by their names.
func readBases(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no bases: %v", err)
	}
	bases := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = yaml.YAMLToJSONStrict(data); err != nil {
			t.Fatal(err)
		}
		bases[strings.TrimSuffix(filepath.Base(file), ".yaml")] = data
	}
	return bases
}

// changed returns the base with the patch applied, in the namespace.
func changed(t *testing.T, base []byte, namespace string, patch json.RawMessage, kind any) []byte {
	t.Helper()
	place := json.RawMessage(fmt.Sprintf(`{"metadata":{"namespace":%q}}`, namespace))
	for _, p := range []json.RawMessage{patch, place} {
		if p == nil {
			continue
		}
		var err error
		if base, err = strategicpatch.StrategicMergePatch(base, p, kind); err != nil {
			t.Fatalf("%s: change: %v", namespace, err)
		}
	}
	return base
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(data, into); err != nil {
		t.Fatal(err)
	}
}

// workloadKinds are the kinds of workloads whose pod templates are reviewed, by their API version.
func workloadKinds() map[string]string {
	return map[string]string{
		"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "ReplicaSet": "apps/v1",
		"ReplicationController": "v1", "Job": "batch/v1", "CronJob": "batch/v1",
	}
}

// workloadOf returns a workload of the kind with the pod as its template.
func workloadOf(t *testing.T, kind string, pod *corev1.Pod) client.Object {
	t.Helper()
	version, known := workloadKinds()[kind]
	if !known {
		t.Fatalf("%q is not a kind of workload", kind)
	}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels, Annotations: pod.Annotations}, Spec: *pod.Spec.DeepCopy()}
	spec := map[string]any{"template": &template}
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
		spec["selector"] = metav1.LabelSelector{MatchLabels: pod.Labels}
	case "ReplicationController":
		spec["selector"] = pod.Labels
	case "Job":
		template.Spec.RestartPolicy = corev1.RestartPolicyNever
	case "CronJob":
		template.Spec.RestartPolicy = corev1.RestartPolicyNever
		spec = map[string]any{"schedule": "0 0 * * *", "jobTemplate": map[string]any{"spec": spec}}
	}
	workload := &unstructured.Unstructured{}
	decode(t, encode(t, map[string]any{
		"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": pod.Name, "namespace": pod.Namespace}, "spec": spec,
	}), &workload.Object)
	return workload
}

// law is the shipped policy together with the example law of this folder.
func law(t *testing.T) fs.FS {
	t.Helper()
	merged := fstest.MapFS{}
	add := func(bundle fs.FS, root string) {
		err := fs.WalkDir(bundle, root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := fs.ReadFile(bundle, path)
			if merged[path] != nil {
				t.Errorf("law/%s hides a shipped file", path)
			}
			merged[path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(policies.FS, ".")
	add(os.DirFS("law"), "data")
	return merged
}
