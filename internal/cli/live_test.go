package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// runningImage is the image of the sidecars of a cluster, which only the cluster knows.
const runningImage = "registry.example/sidecar@sha256:1111111111111111111111111111111111111111111111111111111111111111"

// livePod is a pod that a cluster has stored.
func livePod(changes ...func(*corev1.Pod)) *corev1.Pod {
	pod := builders.Pod(changes...)
	pod.UID = "5f0c2f0e-0000-4000-8000-000000000001"
	return pod
}

// governedPod is a live pod that was admitted with its sidecar.
func governedPod(t *testing.T, changes ...func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	declaration := builders.ChatbotDeployment()
	pod, err := inject.Sidecar(livePod(), declaration, inject.Template(declaration, runningImage, "0123"))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

// toList is what `kubectl get … -o json` prints of several objects.
func toList(t *testing.T, objects ...runtime.Object) string {
	t.Helper()
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

// What a cluster has stored is judged as it is; what it has not is judged as it would be admitted.
func TestCheckOfALiveDump(t *testing.T) {
	const unverified = "note: the image of running sidecars and the keys that they trust are not verified: compare " + runningImage + " with "
	tests := map[string]struct {
		object   runtime.Object
		exit     int
		out, err string
	}{
		"a pod with its sidecar": {
			object: governedPod(t), out: "Pod shop/support-bot: Allow\n", err: unverified,
		},
		"a pod without a sidecar": {
			object: livePod(), exit: cli.ExitRefused, out: "(workload.sidecar_present)",
		},
		"a pod whose sidecar was changed": {
			object: governedPod(t, func(p *corev1.Pod) { p.Spec.InitContainers[0].Args = append(p.Spec.InitContainers[0].Args, "--off") }),
			exit:   cli.ExitRefused, out: "(workload.sidecar_unchanged)", err: unverified,
		},
		"a template of a stored workload: its pods will get the sidecar": {
			object: builders.Deployment(func(d *appsv1.Deployment) { d.UID = "5f0c2f0e-0000-4000-8000-000000000002" }),
			out:    "Deployment shop/support-bot: Allow\n",
		},
		"a pod that is not stored yet": {
			object: builders.Pod(), out: "Pod shop/support-bot: Allow\n",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, toList(t, builders.ChatbotDeployment(), tc.object), "check", "-")
			if got.exit != tc.exit || !strings.Contains(got.out, tc.out) || !strings.Contains(got.err, tc.err) || tc.err == "" && got.err != "" {
				t.Errorf("exit code %d, stdout %s, stderr %s; want %d, %q and %q", got.exit, got.out, got.err, tc.exit, tc.out, tc.err)
			}
		})
	}
}

// On a cluster a webhook writes who approved an exception. Anyone can write that into a file, and a UID too, so only the person who runs
// the program can say that the input comes from a cluster.
func TestExceptionInAFileIsNotVerified(t *testing.T) {
	const note = "note: PolicyException shop/late: approval not verified, so it waives nothing here"
	for name, tc := range map[string]struct {
		exception string
		args      []string
		exit      int
		out, err  string
	}{
		"in a file":                             {exception: exception, exit: cli.ExitRefused, out: "Deny (1 deny)", err: note},
		"in a file, with a UID":                 {exception: stored(exception), exit: cli.ExitRefused, out: "Deny (1 deny)", err: note},
		"trusted, but no cluster has stored it": {exception: exception, args: []string{"--trust-approvals"}, exit: cli.ExitRefused, out: "Deny (1 deny)", err: note},
		"trusted":                               {exception: stored(exception), args: []string{"--trust-approvals"}, exit: cli.ExitPassed, out: "1 waived"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, tc.exception+"\n---\n"+input(t, builders.ChatbotDeployment(answersLate)), append([]string{"check", "-"}, tc.args...)...)
			if got.exit != tc.exit || !strings.Contains(got.out, tc.out) || !strings.Contains(got.err, tc.err) || tc.err == "" && got.err != "" {
				t.Errorf("exit code %d, stdout %s, stderr %s; want %d, %q and %q", got.exit, got.out, got.err, tc.exit, tc.out, tc.err)
			}
		})
	}
}

// A program that reads only the JSON report learns of every fault of the input.
func TestJSONReportOfBadInput(t *testing.T) {
	type fault struct {
		File     string
		Document int
		Object   string
		Message  string
	}
	bad := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Name = "bad"; d.Spec.Channels = []v1alpha1.Channel{"telex"} })
	tests := map[string]struct {
		args  []string
		stdin string
		exit  int
		items int
		want  []fault
	}{
		"a field that the schema refuses, and an object that is reviewed": {
			args: []string{"check", "-"}, stdin: input(t, bad, builders.ChatbotDeployment()), exit: cli.ExitBadInput, items: 1,
			want: []fault{{"-", 1, "ChatbotDeployment shop/bad", `spec.channels[0]: Unsupported value: "telex": supported values: `}},
		},
		"a file that is gone":                       {args: []string{"check", "no/such.yaml"}, exit: cli.ExitBadInput, want: []fault{{"no/such.yaml", 0, "", "cannot be opened"}}},
		"an unknown flag":                           {args: []string{"check", "-", "--fix"}, exit: cli.ExitBadInput, want: []fault{{"", 0, "", "unknown flag: --fix"}}},
		"a flag with a value that it does not have": {args: []string{"check", "-", "-R=maybe"}, exit: cli.ExitBadInput, want: []fault{{"", 0, "", `invalid argument "maybe" for "-R, --recursive" flag`}}},
		"no file":                  {args: []string{"check"}, exit: cli.ExitBadInput, want: []fault{{"", 0, "", "no file is given"}}},
		"a day that is none":       {args: []string{"check", "-", "--as-of", "soon"}, exit: cli.ExitBadInput, want: []fault{{"", 0, "", `--as-of is "soon"`}}},
		"nothing to review":        {args: []string{"check", "-"}, exit: cli.ExitBadInput, want: []fault{{"", 0, "", "nothing was judged"}}},
		"two faults":               {args: []string{"check", "a.yaml", "b.yaml"}, exit: cli.ExitBadInput, want: []fault{{"a.yaml", 0, "", "cannot be opened"}, {"b.yaml", 0, "", "cannot be opened"}}},
		"a refusal is not a fault": {args: []string{"check", "-"}, stdin: input(t, builders.ChatbotDeployment(answersLate)), exit: cli.ExitRefused, items: 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, tc.stdin, append(tc.args, "-o", "json")...)
			var report struct {
				Items  []struct{}
				Errors []fault
			}
			if err := json.Unmarshal([]byte(got.out), &report); err != nil {
				t.Fatalf("no report (%v): %q, stderr %q", err, got.out, got.err)
			}
			if got.exit != tc.exit || len(report.Items) != tc.items || report.Items == nil {
				t.Errorf("exit code %d with %d items, want %d and %d", got.exit, len(report.Items), tc.exit, tc.items)
			}
			for i := range min(len(report.Errors), len(tc.want)) {
				if strings.HasPrefix(report.Errors[i].Message, tc.want[i].Message) {
					report.Errors[i].Message = tc.want[i].Message
				}
			}
			if diff := cmp.Diff(tc.want, report.Errors); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}
