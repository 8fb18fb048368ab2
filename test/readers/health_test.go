package readers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// root is the folder of the repository.
const root = "../.."

// kinds are the kinds of Chaperone.
var kinds = []string{"ChatbotDeployment", "ChatShape", "GovernancePolicy", "JurisdictionProfile", "PolicyException"}

// readStates returns the objects that the tests of the controllers have written, by a text that says what each is.
func readStates(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	states := map[string]*unstructured.Unstructured{}
	for _, file := range []string{"chatbot/testdata/states", "chatbot/testdata/states-later", "organisation/testdata/states", "shape/testdata/states", "exception/testdata/states"} {
		data, err := os.ReadFile(filepath.Join(root, "controllers", file+".golden"))
		if err != nil {
			t.Fatal(err)
		}
		var found map[string]map[string]any
		if err := yaml.Unmarshal(data, &found); err != nil {
			t.Fatal(err)
		}
		for name, s := range found {
			kind, _, _ := strings.Cut(name, " ")
			if strings.HasPrefix(file, "chatbot/") {
				kind, name = "ChatbotDeployment", "ChatbotDeployment: "+name
			}
			states[name] = newObject(kind, s)
		}
	}
	return states
}

// newObject returns an object of which Chaperone has seen the current generation.
func newObject(kind string, s map[string]any) *unstructured.Unstructured {
	// Numbers are as the API server decodes them.
	s["observedGeneration"] = int64(s["observedGeneration"].(float64))
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "chaperone.dev/v1alpha1", "kind": kind,
		"metadata": map[string]any{"name": "a", "namespace": "shop", "generation": s["observedGeneration"]}, "status": s,
	}}
}

func computeStatus(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	result, err := status.Compute(object)
	if err != nil {
		t.Fatal(err)
	}
	return result.Status.String()
}

// runHealthCheck runs the script as Argo CD does: with few libraries of Lua, and with the object as the global obj.
func runHealthCheck(t *testing.T, script string, object *unstructured.Unstructured) (health, message string) {
	t.Helper()
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		l.Push(l.NewFunction(open))
		l.Push(lua.LString(name))
		l.Call(1, 0)
	}
	l.SetGlobal("obj", toLua(l, object.Object))
	if err := l.DoString(script); err != nil {
		t.Fatal(err)
	}
	table, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returns %s, not a table", l.Get(-1).Type())
	}
	return lua.LVAsString(table.RawGetString("status")), lua.LVAsString(table.RawGetString("message"))
}

// toLua returns the value of Lua for a value of JSON.
func toLua(l *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case map[string]any:
		table := l.NewTable()
		for key, item := range v {
			table.RawSetString(key, toLua(l, item))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, item := range v {
			table.Append(toLua(l, item))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	}
	return lua.LNil
}

// readHealthChecks builds an installation of Argo CD with the component, and returns the script for each kind.
func readHealthChecks(t *testing.T) map[string]string {
	t.Helper()
	disk := filesys.MakeFsOnDisk()
	folder, err := os.MkdirTemp(".", "argocd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for name, content := range map[string]string{
		"argocd-cm.yaml":     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {url: https://argocd.example}\n",
		"kustomization.yaml": "resources: [argocd-cm.yaml]\ncomponents: [../../../config/gitops/argocd]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	built, err := krusty.MakeKustomizer(options).Run(disk, folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(built.Resources()) != 1 || built.Resources()[0].GetName() != "argocd-cm" || built.Resources()[0].GetDataMap()["url"] == "" {
		t.Fatalf("the component builds %v", built.AllIds())
	}
	scripts := map[string]string{}
	for _, kind := range kinds {
		scripts[kind] = built.Resources()[0].GetDataMap()["resource.customizations.health.chaperone.dev_"+kind]
		if scripts[kind] == "" {
			t.Errorf("there is no health check for %s", kind)
		}
	}
	return scripts
}

// TestToolsReadEveryState: kstatus and Argo CD agree on every state, and what waiting cannot help is not "in progress" for ever.
func TestToolsReadEveryState(t *testing.T) {
	scripts := readHealthChecks(t)
	// health is what Argo CD says where kstatus says something.
	health := map[string]string{"Current": "Healthy", "InProgress": "Progressing", "Failed": "Degraded"}
	seen := map[string]int{}
	for name, object := range readStates(t) {
		want := wantStatus(name, object)
		if got := computeStatus(t, object); got != want {
			t.Errorf("%s: kstatus says %s, want %s", name, got, want)
		}
		got, message := runHealthCheck(t, scripts[object.GetKind()], object)
		expected := health[want]
		if name == "PolicyException without approval" || name == "PolicyException approved for another" {
			expected = "Suspended" // It waits for a person.
		}
		if got != expected {
			t.Errorf("%s: Argo CD says %s, want %s", name, got, expected)
		}
		if message == "" {
			t.Errorf("%s: Argo CD shows no message", name)
		}
		seen[object.GetKind()+" "+want]++
	}
	for _, state := range []string{
		"ChatbotDeployment Current", "ChatbotDeployment InProgress", "ChatbotDeployment Failed", "ChatShape Current", "ChatShape Failed",
		"GovernancePolicy Current", "GovernancePolicy Failed", "JurisdictionProfile Current", "JurisdictionProfile Failed", "PolicyException Current",
	} {
		if seen[state] == 0 {
			t.Errorf("no state is %s", state)
		}
	}
}

// wantStatus says what kstatus has to say by what Ready says, and by how long that has been so.
func wantStatus(name string, object *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range conditions {
		condition := item.(map[string]any)
		switch {
		case condition["type"] != "Ready":
		case condition["status"] == "True":
			return "Current"
		case strings.HasSuffix(name, "after 10m0s"), object.GetKind() != "ChatbotDeployment":
			return "Failed"
		default:
			for _, reason := range []string{"NotCompliant", "InvalidSelector", "OverlappingSelector", "RenderFailed"} {
				if condition["reason"] == reason {
					return "Failed"
				}
			}
			return "InProgress"
		}
	}
	return "Current" // A PolicyException has no Ready: it is a request, which Chaperone has taken.
}

// TestNewAndChangedObjectsAreInProgress: before Chaperone has seen an object, or its newest version, no tool takes it for finished. The default of
// the status is that of the resource definition.
func TestNewAndChangedObjectsAreInProgress(t *testing.T) {
	scripts := readHealthChecks(t)
	for _, kind := range kinds {
		data, err := os.ReadFile(filepath.Join(root, "config/crd/bases", fmt.Sprintf("chaperone.dev_%s.yaml", plural(kind))))
		if err != nil {
			t.Fatal(err)
		}
		var definition map[string]any
		if err := yaml.Unmarshal(data, &definition); err != nil {
			t.Fatal(err)
		}
		versions, _, _ := unstructured.NestedSlice(definition, "spec", "versions")
		initial, found, err := unstructured.NestedMap(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", "status", "default")
		if err != nil || !found {
			t.Fatalf("%s: the status has no default (%v)", kind, err)
		}
		created := newObject(kind, initial)
		created.SetGeneration(1)
		changed := newObject(kind, map[string]any{"observedGeneration": float64(1), "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}})
		changed.SetGeneration(2)
		for state, object := range map[string]*unstructured.Unstructured{"created": created, "changed": changed} {
			if got := computeStatus(t, object); got != "InProgress" {
				t.Errorf("%s %s: kstatus says %s", state, kind, got)
			}
			if got, _ := runHealthCheck(t, scripts[kind], object); got != "Progressing" {
				t.Errorf("%s %s: Argo CD says %s", state, kind, got)
			}
		}
	}
}

// plural returns the name of the resource of a kind.
func plural(kind string) string {
	name := strings.ToLower(kind)
	if strings.HasSuffix(name, "y") {
		return strings.TrimSuffix(name, "y") + "ies"
	}
	return name + "s"
}
