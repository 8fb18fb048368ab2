package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

// writeChange writes documents into a file, and returns its path.
func writeChange(t *testing.T, documents ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "change.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(documents, "\n---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// declared are two declarations, of which the second keeps transcripts for a shorter time.
func declared(t *testing.T) string {
	t.Helper()
	second := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Name, d.Spec.Selector.MatchLabels = "second", map[string]string{"app": "second"}
		d.Spec.Retention.TranscriptDays = ptr.To[v1alpha1.Days](10)
	})
	return input(t, builders.ChatbotDeployment()) + "\n---\n" + input(t, second)
}

func TestPreview(t *testing.T) {
	const looser = "kind: GovernancePolicy\napiVersion: chaperone.dev/v1alpha1\nmetadata: {name: house}\nspec: {enforcement: [{rules: [retention.transcriptMax], action: Warn}]}\n"
	for name, tc := range map[string]struct {
		there    []string
		args     []string
		with     []string
		exit     int
		out, err []string
	}{
		"a profile that one of two does not meet": {
			with: []string{stricter}, exit: cli.ExitRefused,
			out: []string{
				"ChatbotDeployment shop/support: Allow, after the change Deny (1 deny)", "new, deny: spec.retention.transcriptDays is 30 days; eu requires transcripts kept for at most 20 days",
				"Refused only after the change: 1: ChatbotDeployment shop/support.", "Refused only before it: 0.", "2 objects before: 2 Allow. After: 1 Allow, 1 Deny. 1 unchanged.",
			},
		},
		"the profile is deleted": {
			there: []string{stricter}, args: []string{"--without", "JurisdictionProfile/eu"}, exit: cli.ExitPassed,
			out: []string{"shop/support: Deny (1 deny), after the change Allow", "gone, deny: spec.retention.transcriptDays is 30 days", "Refused only before it: 1: ChatbotDeployment shop/support."},
		},
		"the profile is replaced": {
			there: []string{stricter}, with: []string{strings.Replace(stricter, "20", "25", 1)}, exit: cli.ExitPassed, out: []string{"After: 1 Allow, 1 Deny. 2 unchanged."},
		},
		"a policy weakens what a profile requires": {
			there: []string{stricter}, with: []string{looser}, exit: cli.ExitPassed,
			out: []string{"Deny (1 deny), after the change Warn (1 warn)", "warn, before deny: spec.retention.transcriptDays is 30 days"},
		},
		"a policy that cannot be used": {
			with: []string{strings.Replace(looser, "transcriptMax", "teaMax", 1)}, exit: cli.ExitBadInput, err: []string{`rule "retention.teaMax" is not known`},
		},
		"a change of something else": {
			with: []string{input(t, builders.ChatbotDeployment())}, exit: cli.ExitBadInput, err: []string{"is passed over", "no GovernancePolicy or JurisdictionProfile is in "},
		},
		"a file that has other objects too": {
			with: []string{input(t, builders.ChatbotDeployment()), stricter}, exit: cli.ExitRefused,
			out: []string{"2 objects before: 2 Allow. After: 1 Allow, 1 Deny. 1 unchanged."}, err: []string{"document 1: ChatbotDeployment ", "is passed over"},
		},
		"an object that is not there": {
			args: []string{"--without", "GovernancePolicy/house"}, exit: cli.ExitBadInput, err: []string{`--without "GovernancePolicy/house" is not a GovernancePolicy`},
		},
		"no change": {exit: cli.ExitBadInput, err: []string{"no change is given: name files with --with"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"preview", "-"}, tc.args...)
			if len(tc.with) > 0 {
				args = append(args, "--with", writeChange(t, tc.with...))
			}
			got := run(t, ownEngine, strings.Join(append(tc.there, declared(t)), "\n---\n"), args...)
			got.check(t, tc.exit, tc.out, tc.err)
		})
	}
}

// previewed is what the JSON form of a preview is read for.
type previewed struct {
	NewlyRefused, NewlyAdmitted []string
	Unchanged                   int
	Before, After               struct{ Outcomes map[string]int }
	Changed                     []struct {
		Namespace, Name, Before, After string
		Added, Removed                 []struct{ Rule, Action string }
	}
	Errors []struct{ File, Message string }
}

func readPreview(t *testing.T, got outcome) previewed {
	t.Helper()
	var read previewed
	if err := json.Unmarshal([]byte(got.out), &read); err != nil {
		t.Fatalf("%v: %s%s", err, got.out, got.err)
	}
	return read
}

func TestPreviewAsJSON(t *testing.T) {
	got := readPreview(t, run(t, ownEngine, declared(t), "preview", "-", "-o", "json", "--with", writeChange(t, stricter)))
	if diff := cmp.Diff([]string{"ChatbotDeployment shop/support"}, got.NewlyRefused); diff != "" || got.Unchanged != 1 || len(got.NewlyAdmitted) != 0 {
		t.Errorf("refused (-want +got):\n%s\n%+v", diff, got)
	}
	if len(got.Changed) != 1 || got.Changed[0].Before != "Allow" || got.Changed[0].After != "Deny" || len(got.Changed[0].Added) != 1 || got.Changed[0].Added[0].Rule != "retention.transcriptMax" {
		t.Errorf("changed: %+v", got.Changed)
	}
	if got.Before.Outcomes["Allow"] != 2 || got.After.Outcomes["Deny"] != 1 {
		t.Errorf("outcomes: %v, then %v", got.Before, got.After)
	}
	bad := run(t, ownEngine, declared(t), "preview", "-", "-o", "json", "--with", writeChange(t, strings.Replace(stricter, "value: 20", "value: soon", 1)))
	if errors := readPreview(t, bad).Errors; bad.exit != cli.ExitBadInput || len(errors) != 1 || !strings.Contains(errors[0].Message, "soon is not a whole number") {
		t.Errorf("exit code %d, errors %+v", bad.exit, errors)
	}
}

// TestPreviewOfACluster reads what there is from a real API server, where an exception says who approved it.
func TestPreviewOfACluster(t *testing.T) {
	cluster := env.Start(t, env.Options{CRDPaths: []string{"config/crd/bases"}})
	writer, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	late := strings.Replace(exception, "rights.responseDays", "retention.transcriptMax", 1)
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
	for _, object := range decodeObjects(t, strings.Join([]string{namespace, declared(t), late}, "\n---\n")) {
		if err := writer.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"preview", "--kubeconfig", writeKubeconfig(t, cluster), "-o", "json", "--with", writeChange(t, stricter)}
	waived := run(t, ownEngine, "", args...)
	if got := readPreview(t, waived); waived.exit != cli.ExitPassed || len(got.Changed) != 1 || got.Changed[0].Added[0].Action != "waived" || got.Unchanged != 1 {
		t.Errorf("exit code %d: %+v\n%s", waived.exit, got, waived.err)
	}
	stored := &unstructured.Unstructured{}
	stored.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PolicyException"))
	stored.SetNamespace("shop")
	stored.SetName("late")
	if err := writer.Delete(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	refused := run(t, ownEngine, "", args...)
	if got := readPreview(t, refused); refused.exit != cli.ExitRefused || len(got.NewlyRefused) != 1 {
		t.Errorf("exit code %d: %+v\n%s", refused.exit, got, refused.err)
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("JurisdictionProfileList"))
	if err := writer.List(t.Context(), list, client.InNamespace(metav1.NamespaceAll)); err != nil || len(list.Items) != 0 {
		t.Errorf("a preview wrote %v: %v", list.Items, err)
	}
}
