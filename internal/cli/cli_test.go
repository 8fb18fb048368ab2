package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	testingclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/conformance/cases"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// today is the day of the clock of the tests.
func today() time.Time { return time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC) }

type outcome struct {
	exit     int
	out, err string
}

// check fails the test unless the program ended with the code, and wrote each of the texts. Line breaks of the output do not count.
func (o outcome) check(t *testing.T, exit int, out, err []string) {
	t.Helper()
	if o.exit != exit {
		t.Errorf("exit code is %d, want %d:\n%s%s", o.exit, exit, o.out, o.err)
	}
	for _, want := range out {
		if !strings.Contains(flat(o.out), want) {
			t.Errorf("output lacks %q:\n%s", want, o.out)
		}
	}
	for _, want := range err {
		if !strings.Contains(o.err, want) {
			t.Errorf("errors lack %q:\n%s", want, o.err)
		}
	}
}

// sharedEngine returns an engine without an organisation, which is compiled once for all tests. No test may adopt an organisation into it.
var sharedEngine = sync.OnceValues(func() (*engine.Engine, error) { return engine.New(context.Background(), policies.FS) })

// ownEngine makes the program compile its own engine, for tests of other policies and of organisations.
func ownEngine(o *cli.Options) { o.Engine = nil }

// run runs the program with the arguments, after change (nil: none) has changed its options.
func run(t *testing.T, change func(*cli.Options), stdin string, args ...string) outcome {
	t.Helper()
	shared, failed := sharedEngine()
	if failed != nil {
		t.Fatal(failed)
	}
	revision := shared.Revision()
	var out, err bytes.Buffer
	o := cli.Options{
		In: strings.NewReader(stdin), Out: &out, Err: &err, Engine: shared, Clock: testingclock.NewFakePassiveClock(today()),
		Policies: policies.FS, Worker: sandboxtest.Command(t), Cases: cases.FS, Definitions: crd.Definitions(), Version: "v1.2.3",
	}
	if change != nil {
		change(&o)
	}
	exit := cli.Run(t.Context(), args, o)
	if shared.Revision() != revision {
		t.Error("the shared engine has another policy now: use ownEngine")
	}
	return outcome{exit: exit, out: out.String(), err: err.String()}
}

// input is the objects as documents of one file.
func input(t *testing.T, objects ...runtime.Object) string {
	t.Helper()
	var documents []string
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, string(data))
	}
	return strings.Join(documents, "\n")
}

// answersLate makes a declaration break a law whose text was read.
func answersLate(d *v1alpha1.ChatbotDeployment) {
	d.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
}

// keepsTenYears makes a declaration break a number of Chaperone, which only warns.
func keepsTenYears(d *v1alpha1.ChatbotDeployment) {
	d.Spec.Retention.TranscriptDays = ptr.To[v1alpha1.Days](3650)
}

func service(selector map[string]string, target intstr.IntOrString) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Name: "support-bot", Namespace: builders.Namespace},
		Spec:       corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{{Port: 80, TargetPort: target}}},
	}
}

func TestCheck(t *testing.T) {
	byTag := func(p *corev1.Pod) { p.Spec.Containers[0].Image = "bot:1" }
	other := func(p *corev1.Pod) { p.Name, p.Labels = "other", map[string]string{"app": "other"} }
	tests := map[string]struct {
		objects []runtime.Object
		args    []string
		exit    int
		// out and err are parts of what is written.
		out, err []string
	}{
		"a declaration that complies: allowed": {
			objects: []runtime.Object{builders.ChatbotDeployment()},
			out:     []string{"ChatbotDeployment shop/support: Allow\n", "as of 2026-11-23"},
		},
		"one that is denied: exit 1, with rule, field, remedy and source": {
			objects: []runtime.Object{builders.ChatbotDeployment(answersLate)},
			exit:    cli.ExitRefused,
			out: []string{"ChatbotDeployment shop/support: Deny (1 deny)\n", "spec.rights.responseDays is 90 days; eu requires answers to requests within 30 days", "(rights.responseDays)",
				"State at most 30 days", "General Data Protection Regulation Art. 12(3) (statute)"},
		},
		"one with a number that is ours: exit 0, and it is said whose number it is": {
			objects: []runtime.Object{builders.ChatbotDeployment(keepsTenYears)},
			out: []string{"ChatbotDeployment shop/support: Warn (1 warn)\n", "Chaperone requires a justification for transcripts kept", "(retention.justifyAbove)",
				"Lower the number of days", "General Data Protection Regulation Art. 5(1)(e)", "as Chaperone reads it"},
		},
		"the same under Warn: exit 0": {
			objects: []runtime.Object{builders.ChatbotDeployment(answersLate, func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementWarn })},
			out:     []string{"ChatbotDeployment shop/support: Warn (1 warn)\n"},
		},
		"a pod is judged with the sidecar in it": {
			objects: []runtime.Object{builders.ChatbotDeployment(), builders.Pod()},
			out:     []string{"ChatbotDeployment shop/support: Allow\n", "Pod shop/support-bot: Allow\n"},
		},
		"a pod before its declaration": {
			objects: []runtime.Object{builders.Pod(), builders.ChatbotDeployment()},
			out:     []string{"Pod shop/support-bot: Allow\n"},
		},
		"a template is judged as its pods": {
			objects: []runtime.Object{builders.ChatbotDeployment(), builders.Deployment(func(d *appsv1.Deployment) { d.Spec.Template.Spec.HostPID = true })},
			exit:    cli.ExitRefused,
			out:     []string{"Deployment shop/support-bot: Deny", "spec.template.spec.hostPID is true", "(workload.host_pid)"},
		},
		"a template of a denied declaration: its findings keep their fields": {
			objects: []runtime.Object{builders.ChatbotDeployment(answersLate), builders.Deployment()},
			exit:    cli.ExitRefused,
			out:     []string{"Deployment shop/support-bot: Deny (1 deny) deny: spec.rights.responseDays is 90"},
		},
		"a pod of a denied declaration is refused with its findings": {
			objects: []runtime.Object{builders.ChatbotDeployment(answersLate), builders.Pod()},
			exit:    cli.ExitRefused,
			out:     []string{"Pod shop/support-bot: Deny (1 deny)\n"},
		},
		"a pod that no declaration governs is left out": {
			objects: []runtime.Object{builders.ChatbotDeployment(), builders.Pod(other, byTag)},
			out:     []string{"ChatbotDeployment shop/support: Allow\n"},
			err:     []string{"note: -: document 2: Pod shop/other is not judged: no ChatbotDeployment of the input governs it\n"},
		},
		"a pod that claims a chatbot without a declaration": {
			objects: []runtime.Object{builders.Pod(func(p *corev1.Pod) { p.Labels[v1alpha1.LabelChatbot] = "support" })},
			exit:    cli.ExitRefused,
			out:     []string{"Pod shop/support-bot: Deny", "(workload.label_and_declaration)"},
		},
		"a Service by the name of the port: allowed": {
			objects: []runtime.Object{builders.ChatbotDeployment(), service(map[string]string{"app": builders.AppLabel}, intstr.FromString(builders.ChatPort))},
			out:     []string{"Service shop/support-bot: Allow\n"},
		},
		"a Service by the number of the port: denied": {
			objects: []runtime.Object{builders.ChatbotDeployment(), service(map[string]string{"app": builders.AppLabel}, intstr.FromInt32(8080))},
			exit:    cli.ExitRefused,
			out:     []string{"Service shop/support-bot: Deny (1 deny)\n", "spec.ports[0].targetPort is 8080; Chaperone requires [http] (service.target_by_name).", "If people chat on port 8080, give it the name http and set spec.ports[0].targetPort to the name."},
		},
		"a Service with a label that only a pod of the input has": {
			objects: []runtime.Object{
				service(map[string]string{"tier": "web"}, intstr.FromInt32(8080)), builders.ChatbotDeployment(),
				builders.Deployment(func(d *appsv1.Deployment) { d.Spec.Template.Labels["tier"] = "web" }),
			},
			exit: cli.ExitRefused,
			out:  []string{"Service shop/support-bot: Deny", "(service.target_by_name)"},
		},
		"a Service of a chatbot that only warns": {
			objects: []runtime.Object{
				builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementWarn }),
				service(map[string]string{"app": builders.AppLabel}, intstr.FromInt32(8080)),
			},
			out: []string{"Service shop/support-bot: Warn (1 warn)\n"},
		},
		"a Service that leads elsewhere is left out": {
			objects: []runtime.Object{builders.ChatbotDeployment(), builders.Pod(), service(map[string]string{"app": "other"}, intstr.FromInt32(8080))},
			out:     []string{"Pod shop/support-bot: Allow\n"},
			err:     []string{"note: -: document 3: Service shop/support-bot is not judged: it leads to no pod of a ChatbotDeployment of the input\n"},
		},
		"a declaration of another namespace governs nothing here": {
			objects: []runtime.Object{builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = "other" }), builders.Pod(byTag)},
			err:     []string{"Pod shop/support-bot is not judged"},
		},
		"nothing to judge: no pass": {
			objects: []runtime.Object{builders.Pod()},
			exit:    cli.ExitBadInput,
			err:     []string{"error: nothing was judged: give a ChatbotDeployment"},
		},
		"a day in the future": {
			objects: []runtime.Object{builders.ChatbotDeployment()},
			args:    []string{"--as-of", "2030-01-01"},
			out:     []string{"as of 2030-01-01"},
		},
		"a day in the past, before the AI Act": {
			objects: []runtime.Object{builders.ChatbotDeployment()},
			args:    []string{"--as-of", "2020-01-01"},
			out:     []string{"The decision can change on"},
		},
		"an unknown jurisdiction: denied, and the known ones are listed": {
			objects: []runtime.Object{builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Jurisdictions = append(d.Spec.Jurisdictions, "atlantis") })},
			exit:    cli.ExitBadInput,
			out:     []string{"(declaration.unknown_code)"},
			err:     []string{`error: -: document 1: ChatbotDeployment shop/support: spec.jurisdictions[1] is "atlantis", which is not a code of the legal data: use one of ae, ae-adgm, ae-difc, ar, at, au, `},
		},
		"an unknown sector: the known ones are listed": {
			objects: []runtime.Object{builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Sectors = []v1alpha1.Code{"retial"} })},
			exit:    cli.ExitBadInput,
			err:     []string{`spec.sectors[0] is "retial"`, "use one of children, education, employment, finance"},
		},
		"what the schema refuses, while the rest is judged": {
			objects: []runtime.Object{
				builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Name = "bad"; d.Spec.Channels = []v1alpha1.Channel{"telex"} }),
				builders.ChatbotDeployment(),
			},
			exit: cli.ExitBadInput,
			out:  []string{"ChatbotDeployment shop/support: Allow\n"},
			err:  []string{`error: -: document 1: ChatbotDeployment shop/bad: spec.channels[0]: Unsupported value: "telex": supported values: "web"`},
		},
		"what the API server refuses: a label, a number in quotes, a pod for Windows with the sidecar": {
			objects: []runtime.Object{
				builders.ChatbotDeployment(),
				builders.Pod(func(p *corev1.Pod) { p.Name = "label"; p.Labels["team"] = "Käse" }),
				builders.Deployment(func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Ports[0].Name = "8080" }),
				service(nil, intstr.FromString("8080")),
				builders.Pod(func(p *corev1.Pod) { p.Name = "windows"; p.Spec.OS = &corev1.PodOS{Name: corev1.Windows} }),
				builders.Pod(func(p *corev1.Pod) {
					p.Name, p.Labels, p.Spec.OS = "ungoverned", nil, &corev1.PodOS{Name: corev1.Windows}
				}),
			},
			exit: cli.ExitBadInput,
			err: []string{
				`Pod shop/label: metadata.labels: Invalid value: "Käse": a valid label must be`,
				`spec.template.spec.containers[0].ports[0].name: Invalid value: "8080": must contain at least one letter`,
				`Service shop/support-bot: spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter`,
				"Pod shop/windows: spec.os.name is windows, and the sidecar runs on Linux only",
				"note: -: document 6: Pod shop/ungoverned is not judged",
			},
		},
		"selectors that overlap: both are named": {
			objects: []runtime.Object{builders.ChatbotDeployment(), builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Name = "sales" }), builders.Pod()},
			exit:    cli.ExitBadInput,
			err: []string{
				"error: -: document 1: ChatbotDeployment shop/support: spec.selector overlaps with that of ChatbotDeployment shop/sales (-, document 2)",
				"error: -: document 2: ChatbotDeployment shop/sales: spec.selector overlaps with that of ChatbotDeployment shop/support (-, document 1)",
				`note: -: document 3: Pod shop/support-bot is not judged: the selectors of ChatbotDeployments "shop/support" and "shop/sales" all match this pod`,
			},
		},
		"a selector with an operator that does not exist": {
			objects: []runtime.Object{builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Selector.MatchExpressions = append(d.Spec.Selector.MatchExpressions, metav1.LabelSelectorRequirement{Key: "app", Operator: "Near"})
			})},
			exit: cli.ExitBadInput,
			err:  []string{"error: -: document 1: ChatbotDeployment shop/support: spec.selector: ", `"Near"`},
		},
		"a path that the sidecar could not serve": {
			objects: []runtime.Object{builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Ports[0].Parameters = map[string]v1alpha1.ShapeParameter{"path": "/a//b"}
			}), builders.Pod()},
			exit: cli.ExitRefused,
			out:  []string{"ChatbotDeployment shop/support: Deny (1 deny)\n", "spec.ports[0].parameters is", "Pod shop/support-bot: Undecided\n"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, input(t, tc.objects...), append([]string{"check", "-"}, tc.args...)...)
			if got.exit != tc.exit {
				t.Errorf("exit code is %d, want %d", got.exit, tc.exit)
			}
			for _, want := range tc.out {
				if !strings.Contains(flat(got.out), flat(want)) {
					t.Errorf("output lacks %q:\n%s", want, got.out)
				}
			}
			for _, want := range tc.err {
				if !strings.Contains(got.err, want) {
					t.Errorf("errors lack %q:\n%s", want, got.err)
				}
			}
			if len(tc.err) == 0 && got.err != "" {
				t.Errorf("unexpected on stderr: %s", got.err)
			}
		})
	}
}

// flat takes out how the report breaks lines.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestBadArguments(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no file":            {args: []string{"check"}, want: `error: no file is given: name one or more files, folders, or "-" for standard input`},
		"an unknown format":  {args: []string{"check", "-", "-o", "xml"}, want: `error: --output is "xml": use text or json`},
		"a day that is none": {args: []string{"check", "-", "--as-of", "2026-02-30"}, want: `error: --as-of is "2026-02-30": give a day as YYYY-MM-DD`},
		"an unknown flag":    {args: []string{"check", "-", "--fix"}, want: "error: unknown flag: --fix"},
		"an unknown flag: where the flags are listed": {args: []string{"split", "-", "-k"}, want: "error: unknown shorthand flag: 'k' in -k: `kubectl chaperone split --help` lists the flags"},
		"an argument that is none":                    {args: []string{"init", "eu"}, want: "error: \"eu\" is not expected: `kubectl chaperone init` takes no arguments; name places with --jurisdiction CODE"},
		"two rules":                                   {args: []string{"explain", "a.b", "c.d"}, want: "error: 2 names are given: give one, or none to list all rules"},
		"an address":                                  {args: []string{"check", "https://shop.example/a.yaml"}, want: "error: https://shop.example/a.yaml: is an address, and this program reads no network: pipe the content to it"},
		"an unknown command":                          {args: []string{"chek"}, want: `error: unknown command "chek"`},
		"a file that is gone":                         {args: []string{"check", "no/such.yaml"}, want: "error: no/such.yaml: cannot be opened (no such file or directory): name an existing, readable file"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", tc.args...)
			if got.exit != cli.ExitBadInput || !strings.Contains(got.err, tc.want) || got.out != "" {
				t.Errorf("exit code %d, stderr %q, stdout %q, want %d and %q", got.exit, got.err, got.out, cli.ExitBadInput, tc.want)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// A program that cannot decide, or cannot say what it decided, never exits as if all were well.
func TestNoDecision(t *testing.T) {
	tests := map[string]struct {
		change func(*cli.Options)
		want   string
	}{
		"a policy that does not compile": {
			change: func(o *cli.Options) {
				o.Engine, o.Policies = nil, fs.FS(fstest.MapFS{"a.rego": {Data: []byte("package a\nx := ")}})
			},
			want: "error: load policy: ",
		},
		"no policy": {change: func(o *cli.Options) { o.Engine, o.Policies = nil, fstest.MapFS{} }, want: "error: load policy: "},
		"no schema": {change: func(o *cli.Options) { o.Definitions = [][]byte{nil} }, want: "error: read definition: "},
		"a disk that is full": {
			change: func(o *cli.Options) { o.Out = fullDisk{} },
			want:   "error: write report: disk full",
		},
		"a disk that is full, and a declaration that is denied": {
			change: func(o *cli.Options) {
				o.In, o.Out = strings.NewReader(input(t, builders.ChatbotDeployment(answersLate))), fullDisk{}
			},
			want: "error: write report: disk full",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, tc.change, input(t, builders.ChatbotDeployment()), "check", "-")
			if got.exit != cli.ExitRefused || !strings.Contains(got.err, tc.want) {
				t.Errorf("exit code %d, stderr %q, want %d and %q", got.exit, got.err, cli.ExitRefused, tc.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	got := run(t, nil, "", "version")
	want := regexp.MustCompile(`^kubectl-chaperone v1\.2\.3\npolicy [0-9a-f]{16}\n$`)
	if got.exit != cli.ExitPassed || !want.MatchString(got.out) {
		t.Errorf("exit code %d, output %q", got.exit, got.out)
	}
	if got := run(t, func(o *cli.Options) { o.Engine, o.Policies = nil, fstest.MapFS{} }, "", "version"); got.exit != cli.ExitRefused {
		t.Errorf("exit code without a policy is %d, want %d", got.exit, cli.ExitRefused)
	}
}

func TestHelpShowsExamples(t *testing.T) {
	got := run(t, nil, "", "check", "--help")
	for _, want := range []string{"kubectl chaperone check FILE...", "--as-of 2028-01-01", "Exit code:"} {
		if got.exit != cli.ExitPassed || !strings.Contains(got.out, want) {
			t.Errorf("exit code %d, help lacks %q:\n%s", got.exit, want, got.out)
		}
	}
}

// The report of a denied declaration, as people read it; the revision changes with every change of the policy.
func TestReportOfDenied(t *testing.T) {
	got := run(t, nil, input(t, builders.ChatbotDeployment(answersLate), builders.Pod()), "check", "-")
	text := regexp.MustCompile(`policy [0-9a-f]{16}`).ReplaceAllString(got.out, "policy REVISION")
	golden.CompareText(t, filepath.Join("testdata", "denied.golden"), text)
}

// The same input gives the same bytes.
func TestReportIsStable(t *testing.T) {
	objects := input(t, builders.ChatbotDeployment(answersLate), builders.Pod(), builders.Deployment())
	first := run(t, nil, objects, "check", "-", "-o", "json")
	for range 3 {
		if diff := cmp.Diff(first.out, run(t, nil, objects, "check", "-", "-o", "json").out); diff != "" {
			t.Fatalf("report (-first +again):\n%s", diff)
		}
	}
}

// Flags name files as arguments do, as in kubectl.
func TestFilesOfFlags(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, object := range map[string]runtime.Object{"declaration.json": builders.ChatbotDeployment(), "deep/pod.json": builders.Pod()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(input(t, object)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const declaration, pod = "ChatbotDeployment shop/support: Allow\n", "Pod shop/support-bot: Allow\n"
	for name, tc := range map[string]struct {
		args []string
		pod  bool
	}{
		"a folder":                     {args: []string{"-f", folder}},
		"a folder with its subfolders": {args: []string{"-R", "-f", folder}, pod: true},
		"an argument and a flag":       {args: []string{filepath.Join(folder, "deep"), "--filename", filepath.Join(folder, "declaration.json")}, pod: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, "", append([]string{"check"}, tc.args...)...)
			if got.exit != cli.ExitPassed || !strings.Contains(got.out, declaration) || strings.Contains(got.out, pod) != tc.pod {
				t.Errorf("exit code %d, stdout %s, stderr %s", got.exit, got.out, got.err)
			}
		})
	}
}
