package registration_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

const config = "../../../config"

func TestManifestsAreGenerated(t *testing.T) {
	t.Parallel()
	files, err := registration.NewManifests()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(config, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("config/%s is not what `make generate` writes (-want +got):\n%s", name, diff)
		}
	}
}

// names finds what could be a name of ours: chaperone-…, and keys and groups below chaperone.dev.
var names = regexp.MustCompile(`(?:[a-z-]+\.)?chaperone(?:-[a-z]+)*(?:\.dev(?:/[a-z-]+)?)?`)

// ours are the names that manifests may contain. Names with a prefix of ours are written by no other part.
func ours() []string {
	return []string{
		contract.OperatorNamespace, contract.Manager, contract.WebhookService, contract.WebhookSecret, contract.KeySecret,
		contract.MutatingWebhooks, contract.ValidatingWebhooks, contract.FieldManager, contract.Sidecar,
		v1alpha1.GroupVersion.Group, v1alpha1.LabelChatbot, v1alpha1.LabelEnforce, v1alpha1.LabelDeclaredOnly, v1alpha1.AnnotationUndeclaredImages,
	}
}

// local are the names of objects that nothing in Go refers to, by the file that defines them.
var local = map[string][]string{
	"manager/services.yaml":   {"chaperone-metrics"},
	"manager/deployment.yaml": {"chaperone-workload-kinds"},
	"rbac/users.yaml":         {"chaperone-break-glass", "chaperone-edit", "chaperone-exception-approver", "chaperone-metrics-reader", "chaperone-release", "chaperone-view"},
}

func TestManifestsNameWhatTheContractNames(t *testing.T) {
	t.Parallel()
	generated, err := registration.NewManifests()
	if err != nil {
		t.Fatal(err)
	}
	policies := listPolicies(t)
	for _, folder := range []string{"certificate", "default", "local", "manager", "namespace", "network-policy", "rbac"} {
		for name, content := range manifests(t, folder) {
			if _, made := generated[name]; made {
				continue
			}
			allowed := slices.Concat(ours(), local[name], policies)
			for number, line := range strings.Split(content, "\n") {
				code, _, _ := strings.Cut(line, "# ")
				for _, found := range names.FindAllString(code, -1) {
					if !slices.Contains(allowed, found) {
						t.Errorf("config/%s:%d: %q is not in internal/contract: %s", name, number+1, found, strings.TrimSpace(line))
					}
				}
			}
		}
	}
}

// listPolicies returns the names of the admission policies.
func listPolicies(t *testing.T) []string {
	t.Helper()
	objects, err := registration.NewObjects(registration.Installation{Namespace: contract.OperatorNamespace, Service: contract.WebhookService})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, policy := range objects.Policies {
		found = append(found, policy.Name)
	}
	return found
}

// The role names the policies that the manager may put back, so a new policy needs an entry there.
func TestManagerMayPutEachPolicyBack(t *testing.T) {
	t.Parallel()
	role := manifests(t, "rbac")["rbac/role.yaml"]
	for _, name := range listPolicies(t) {
		if !strings.Contains(role, "  - "+name+"\n") {
			t.Errorf("config/rbac/role.yaml lacks %s: name it in the markers of controllers/registration", name)
		}
	}
}

var ports = regexp.MustCompile(`\b(?:containerPort|targetPort|port): (\d+)`)

func TestManifestsUseThePortsOfTheContract(t *testing.T) {
	t.Parallel()
	// DNS and the API server are the cluster's.
	allowed := []string{"53", "443", "6443"}
	for _, port := range []int{contract.WebhookPort, contract.MetricsPort, contract.ProbePort, contract.SidecarAdminPort} {
		allowed = append(allowed, fmt.Sprint(port))
	}
	found := 0
	for _, folder := range []string{"manager", "network-policy"} {
		for name, content := range manifests(t, folder) {
			for _, match := range ports.FindAllStringSubmatch(content, -1) {
				found++
				if !slices.Contains(allowed, match[1]) {
					t.Errorf("config/%s: port %s is not in internal/contract", name, match[1])
				}
			}
		}
	}
	if found == 0 {
		t.Error("no manifest has a port: the test looks in the wrong place")
	}
}

// manifests returns the YAML files of a folder of config by path below config.
func manifests(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(config, folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(filepath.Clean(path))
		files[strings.TrimPrefix(filepath.ToSlash(path), config+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("config/%s holds no manifests", folder)
	}
	return files
}
