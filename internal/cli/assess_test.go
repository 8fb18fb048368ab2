package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// assessedBot is a chatbot that calls a model server, both as people deploy them.
const assessedBot = "testdata/assess/bot.yaml"

// otherPortsBot is a chatbot whose Service leads to other ports too.
const otherPortsBot = "testdata/assess/metrics.yaml"

func TestAssessGolden(t *testing.T) {
	for output, exit := range map[string]int{"text": cli.ExitRefused, "json": cli.ExitRefused, "patch": cli.ExitPassed, "draft": cli.ExitPassed} {
		t.Run(output, func(t *testing.T) {
			got := run(t, nil, "", "assess", assessedBot, "-o", output)
			if got.exit != exit || got.err != "" {
				t.Errorf("exit %d, want %d; errors: %s", got.exit, exit, got.err)
			}
			if strings.Contains(got.out, "secret@") {
				t.Error("the output shows the user information of a URL")
			}
			golden.CompareText(t, filepath.Join("testdata", "assess-"+output+".golden"), got.out)
		})
	}
}

func TestAssessInput(t *testing.T) {
	const pod = `{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop, labels: {app: a}}, spec: {containers: [{name: a, image: IMAGE}]}}`
	const cronJob = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: digest, namespace: shop}, spec: {jobTemplate: {spec: {template: " +
		"{spec: {containers: [{name: digest, image: shop/digest, env: [{name: OPENAI_API_KEY, value: x}]}]}}}}}}"
	tests := map[string]struct {
		stdin    string
		args     []string
		exit     int
		out, err string
	}{
		"a template from standard input": {stdin: strings.ReplaceAll(pod, "IMAGE", "flowiseai/flowise"), args: []string{"-"}, exit: 1, out: "Pod shop/a: Flowise, a chatbot"},
		"a pod without labels":           {stdin: strings.ReplaceAll(strings.Replace(pod, ", labels: {app: a}", "", 1), "IMAGE", "flowiseai/flowise"), args: []string{"-"}, exit: 2, out: "Flowise", err: "Pod shop/a: is not assessed, because a draft cannot select its pods"},
		"a worker of a chatbot": {
			stdin: strings.ReplaceAll(pod+"\n---\n"+strings.ReplaceAll(strings.Replace(pod, "image: IMAGE", "image: IMAGE, ports: [{containerPort: 3000}]", 1), ": a", ": b"), "IMAGE", "flowiseai/flowise"),
			args:  []string{"-"}, exit: 1, out: "Pod shop/a runs Flowise too, as a worker",
		},
		"a selector that outlives the version of a chart": {
			stdin: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: " +
				"{metadata: {labels: {app: a, helm.sh/chart: a-1.2.3}}, spec: {containers: [{name: a, image: flowiseai/flowise}]}}}}",
			args: []string{"-", "-o", "draft"}, exit: 0, out: "matchLabels: {app: a}\n",
		},
		"a Job that calls a model": {
			stdin: strings.ReplaceAll(pod, "IMAGE", "flowiseai/flowise") + "\n---\n" + cronJob, args: []string{"-"}, exit: 1,
			out: "CronJob shop/digest is no chatbot, because a Job ends",
		},
		"a neighbor that calls a model": {
			stdin: strings.Replace(pod, "image: IMAGE", "image: rasa/rasa-sdk, env: [{name: OPENAI_API_KEY, value: x}]", 1),
			args:  []string{"-"}, exit: 2, out: "Pod shop/a is no chatbot, because it runs Rasa's action server, but it may call models (variable\nOPENAI_API_KEY)",
			err: "no chatbot or model server is recognized",
		},
		"nothing but a proxy named after a chatbot": {
			stdin: strings.NewReplacer("containers: [{name: a", "containers: [{name: rasa-front", "image: IMAGE", "image: 'nginx:1.27', ports: [{containerPort: 80}]").Replace(pod),
			args:  []string{"-"}, exit: 2, out: "Pod shop/a is no chatbot, because its image is that of a proxy, but its name speaks of Rasa",
			err: "no chatbot or model server is recognized",
		},
		"nothing but a worker": {
			stdin: strings.Replace(pod, "image: IMAGE", "image: n8nio/n8n, args: [worker], ports: [{containerPort: 5678}]", 1),
			args:  []string{"-"}, exit: 2, out: "Pod shop/a is no chatbot, because it runs n8n as a worker, which nobody talks to",
		},
		"a chatbot that cannot be decided about beside another": {
			stdin: strings.NewReplacer("IMAGE}", "flowiseai/flowise, env: [{name: OPENAI_BASE_URL, value: 'http://"+strings.Repeat("a", 2048)+".example/v1'}]}").Replace(pod) +
				"\n---\n" + strings.NewReplacer("IMAGE", "n8nio/n8n", ": a", ": b").Replace(pod),
			args: []string{"-"}, exit: 2, out: "Pod shop/b: n8n, a chatbot", err: "Pod shop/a: is not assessed, because no decision is reached: ",
		},
		"a DaemonSet": {
			stdin: "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: " +
				"{metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: flowiseai/flowise}]}}}}",
			args: []string{"-"}, exit: 1, out: "DaemonSet default/a: Flowise, a chatbot",
		},
		"a DeploymentConfig": {
			stdin: "{apiVersion: apps.openshift.io/v1, kind: DeploymentConfig, metadata: {name: a}, spec: {selector: {app: a}, template: " +
				"{metadata: {labels: {app: a, deploymentconfig: a-1}}, spec: {containers: [{name: a, image: flowiseai/flowise, ports: [{name: web, containerPort: 3000}]}]}}}}",
			args: []string{"-", "-o", "draft"}, exit: 0, out: "matchLabels: {app: a}\n  ports:\n  - name: web\n",
		},
		"a Rollout that refers to a Deployment": {
			stdin: "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: {workloadRef: {kind: Deployment, name: a}}}",
			args:  []string{"-"}, exit: 2, out: "Rollout default/a is not judged, because it has no pod template", err: "no chatbot",
		},
		"a Service of Knative": {
			stdin: "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}, spec: {template: {spec: {containers: [{image: flowiseai/flowise}]}}}}",
			args:  []string{"-"}, exit: 2, out: "Service default/a is not judged, and cannot be governed, because the queue proxy", err: "no chatbot",
		},
		"an InferenceService of KServe": {
			stdin: "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: a}, spec: {predictor: {model: {modelFormat: {name: huggingface}}}}}",
			args:  []string{"-"}, exit: 2, out: "InferenceService default/a is not judged, because KServe makes its pods", err: "no chatbot",
		},
		"a Model of KubeAI": {
			stdin: "{apiVersion: kubeai.org/v1, kind: Model, metadata: {name: a}, spec: {url: 'ollama://gemma2:2b', engine: OLlama}}",
			args:  []string{"-"}, exit: 2, out: "Model default/a is not judged, because KubeAI makes its pods", err: "no chatbot",
		},
		"an object of an unknown operator with containers": {
			stdin: "{apiVersion: apps.example/v1, kind: Cluster, metadata: {name: a}, spec: {groups: [{template: {spec: {containers: [{image: vllm/vllm-openai}]}}}]}}",
			args:  []string{"-", "-o", "draft"}, exit: 2, err: "because an operator makes pods of it (spec.groups[0].template.spec.containers)",
		},
		"a Rollout that cannot be read": {
			stdin: "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: {template: {spec: {containers: 3}}}}",
			args:  []string{"-"}, exit: 2, err: "Rollout default/a: spec cannot be read",
		},
		"nothing but a Job that calls a model": {stdin: cronJob, args: []string{"-", "-o", "json"}, exit: 2, out: `"name": "digest",`, err: "no chatbot or model server is recognized"},
		"a draft beside a Job that calls a model": {
			stdin: cronJob + "\n---\n" + strings.ReplaceAll(pod, "IMAGE", "flowiseai/flowise"), args: []string{"-", "-o", "draft"},
			exit: 0, out: "matchLabels: {app: a}\n", err: "note: CronJob shop/digest is no chatbot",
		},
		"labels that an innocent workload has too": {
			stdin: strings.ReplaceAll(pod, "IMAGE", "flowiseai/flowise") + "\n---\n" + strings.NewReplacer("IMAGE", "shop/store", "name: a,", "name: store,").Replace(pod),
			args:  []string{"-"}, exit: 2, err: "Pod shop/a: is not assessed, because a draft cannot select its pods: give them labels that no other pods",
		},
		"a selector that an innocent workload matches too": {
			stdin: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: shop}, spec: {selector: {matchLabels: {app: a}}, template: " +
				"{metadata: {labels: {app: a, tier: front}}, spec: {containers: [{name: a, image: flowiseai/flowise}]}}}}\n---\n" +
				strings.NewReplacer("IMAGE", "shop/store", "name: a,", "name: store,").Replace(pod),
			args: []string{"-", "-o", "draft"}, exit: 0, out: "matchLabels: {app: a, tier: front}\n",
		},
		"a draft of a pod without labels": {
			stdin: strings.ReplaceAll(strings.Replace(pod, ", labels: {app: a}", "", 1), "IMAGE", "flowiseai/flowise"),
			args:  []string{"-", "-o", "draft"}, exit: 2, err: "Pod shop/a: is not assessed, because a draft cannot select its pods",
		},
		"a name that no declaration can have": {
			stdin: strings.NewReplacer("IMAGE", "flowiseai/flowise", "name: a, namespace", "name: bot.v1."+strings.Repeat("x", 60)+", namespace").Replace(pod),
			args:  []string{"-", "-o", "draft"}, exit: 0, out: "metadata: {name: bot-v1-" + strings.Repeat("x", 45) + ", namespace: shop}\n",
		},
		"no chatbot":                              {stdin: strings.ReplaceAll(pod, "IMAGE", "redis"), args: []string{"-"}, exit: 2, err: "no chatbot or model server is recognized among the objects of the input (1)"},
		"no file":                                 {exit: 2, err: "no file is given"},
		"an unknown output":                       {args: []string{"-", "-o", "xml"}, exit: 2, err: `--output is "xml": use text, json, patch or draft`},
		"two sources":                             {args: []string{"-", "-k", "."}, exit: 2, err: "give one of files, --kustomize and --namespace"},
		"a folder without a kustomization":        {args: []string{"-k", "testdata/assess"}, exit: 2, err: "--kustomize testdata/assess: "},
		"a namespace of no cluster":               {args: []string{"-n", "shop", "--kubeconfig", "testdata/none"}, exit: 2, err: "no cluster is configured"},
		"an object of a workload's controller":    {stdin: strings.ReplaceAll(strings.Replace(pod, "namespace: shop", "namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, uid: u, controller: true}]", 1), "IMAGE", "flowiseai/flowise"), args: []string{"-"}, exit: 2, err: "no chatbot"},
		"a broken document beside a chatbot":      {stdin: strings.ReplaceAll(pod, "IMAGE", "flowiseai/flowise") + "\n---\n{kind: Pod}", args: []string{"-"}, exit: 2, out: "Flowise", err: "apiVersion is missing"},
		"a chatbot that a declaration governs":    {args: []string{assessedBot, "testdata/assess/declared.yaml"}, exit: 1, out: "ChatbotDeployment webui governs it already"},
		"a draft where each chatbot is declared":  {args: []string{assessedBot, "testdata/assess/declared.yaml", "-o", "draft"}, exit: 0, err: "note: each chatbot of the input is declared already"},
		"a patch where nothing has to be patched": {stdin: strings.ReplaceAll(strings.Replace(pod, "image: IMAGE", "image: IMAGE, ports: [{name: http, containerPort: 3000}]", 1), "IMAGE", "flowiseai/flowise"), args: []string{"-", "-o", "patch"}, exit: 0, err: "note: no port and no Service needs a patch"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, test.stdin, append([]string{"assess"}, test.args...)...)
			if got.exit != test.exit || !strings.Contains(got.out, test.out) || !strings.Contains(got.err, test.err) {
				t.Errorf("exit %d, want %d\noutput, want %q:\n%s\nerrors, want %q:\n%s", got.exit, test.exit, test.out, got.out, test.err, got.err)
			}
		})
	}
}

// kustomize returns what kustomize renders from the resource with the patch.
func kustomize(t *testing.T, resource, patch string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"resource.yaml": resource, "kustomization.yaml": "resources: [resource.yaml]\n"}
	if patch != "" {
		files["chaperone-patch.yaml"] = patch
		files["kustomization.yaml"] += "patches: [{path: chaperone-patch.yaml}]\n"
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	content, err := rendered.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The patch of each real manifest can be applied, and leaves nothing to patch. What it changes is in the golden file.
func TestPatchCanBeApplied(t *testing.T) {
	files, err := filepath.Glob("testdata/real/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	for _, file := range append(files, assessedBot, otherPortsBot) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			resource, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			patch := run(t, nil, "", "assess", file, "-o", "patch")
			rendered := kustomize(t, string(resource), patch.out)
			again := run(t, nil, rendered, "assess", "-", "-o", "patch")
			if patch.exit != 0 || again.out != "" {
				t.Errorf("after the patch, assess still proposes (exit %d, errors %s):\n%s", patch.exit, patch.err, again.out)
			}
			before, after := kustomize(t, string(resource), ""), rendered
			if strings.Count(before, "\n---") != strings.Count(after, "\n---") {
				t.Error("the patch adds or removes an object")
			}
		})
	}
}

// kustomize knows no Rollout: a patch of it would replace its list of containers. So its port is declared by number, and only the Service
// is patched.
func TestRolloutIsDeclaredByNumber(t *testing.T) {
	const file = "testdata/assess/rollout.yaml"
	resource, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	patch, draft := run(t, nil, "", "assess", file, "-o", "patch"), run(t, nil, "", "assess", file, "-o", "draft")
	if strings.Contains(patch.out, "Rollout") || !strings.Contains(patch.out, "targetPort: port-3000\n") || !strings.Contains(draft.out, "- port: 3000\n") {
		t.Errorf("patch:\n%s\ndraft:\n%s%s", patch.out, draft.out, draft.err)
	}
	if !strings.Contains(patch.err, "Apply the patch of its Services last") {
		t.Errorf("the notes do not say the order: %s", patch.err)
	}
	args := append(append([]string{"init", "--from", "-", "--set", "enforcement=Deny", "--set", "processors[].host="}, legalAnswers()...), processorAnswers()...)
	filled := run(t, nil, draft.out, args...)
	checked := run(t, nil, kustomize(t, string(resource), patch.out)+"\n---\n"+filled.out, "check", "-")
	if checked.exit != cli.ExitPassed || !strings.Contains(checked.out, "Rollout shop/flowise: ") {
		t.Errorf("exit %d, init %s:\n%s%s", checked.exit, filled.err, checked.out, checked.err)
	}
	before := run(t, nil, string(resource)+"\n---\n"+filled.out, "check", "-")
	if before.exit != cli.ExitRefused || !strings.Contains(before.out, "(service.target_by_name)") {
		t.Errorf("without the patch: exit %d:\n%s%s", before.exit, before.out, before.err)
	}
}

// The patch gives other ports names of their own: none leads to the sidecar, which would take requests for metrics for conversations.
func TestPatchKeepsOtherPortsApart(t *testing.T) {
	patch := run(t, nil, "", "assess", otherPortsBot, "-o", "patch")
	golden.CompareText(t, filepath.Join("testdata", "assess-patch-ports.golden"), patch.out)
	resource, err := os.ReadFile(otherPortsBot)
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, nil, kustomize(t, string(resource), patch.out), "assess", "-")
	if patch.exit != cli.ExitPassed || got.exit != cli.ExitPassed {
		t.Errorf("exit %d and %d:\n%s%s", patch.exit, got.exit, got.out, got.err)
	}
}

// A headless Service that only names the pods of a StatefulSet passes when the patch has removed its ports. A Service that leads to a port on
// which nothing listens is left to people: the patch gives no name to a port that only it has.
func TestPatchOfServicesThatNobodyCalls(t *testing.T) {
	const file = "testdata/assess/stateful.yaml"
	resource, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, patch := run(t, nil, "", "assess", file), run(t, nil, "", "assess", file, "-o", "patch")
	patched := kustomize(t, string(resource), patch.out)
	after := run(t, nil, patched, "assess", "-")
	for _, want := range []string{"deny: service.headless_port: `-o patch` repairs this.", "Service shop/n8n-headless: spec.ports[0].port is 5678"} {
		if !strings.Contains(before.out, want) {
			t.Errorf("no %q in:\n%s", want, before.out)
		}
	}
	if strings.Contains(after.out, "headless") || strings.Contains(patched, "5678\n    targetPort") || strings.Contains(patched, "port-80") {
		t.Errorf("patch:\n%s\nafter it:\n%s", patch.out, after.out)
	}
	if want := "Service shop/flowise: spec.ports[0].targetPort is 80"; !strings.Contains(after.out, want) || strings.Contains(after.out, "`-o patch` repairs") {
		t.Errorf("no %q, or repairs are left, in:\n%s", want, after.out)
	}
}

// A headless Service by which people reach the chatbot keeps its ports: only they can say by which Service else.
func TestPatchLeavesHeadlessServicesThatAreUsed(t *testing.T) {
	const workload = "{apiVersion: apps/v1, kind: KIND, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: " +
		"{metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: n8nio/n8n, ports: [{name: http, containerPort: 5678}, {name: metrics, containerPort: 9090}]}]}}}}"
	const headless = "\n---\n{apiVersion: v1, kind: Service, metadata: {name: h}, spec: {clusterIP: None, selector: {app: a}, ports: [PORTS]}}"
	const usual = "\n---\n{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: a}, ports: [{port: 80, targetPort: http}]}}"
	for name, input := range map[string]string{
		"the only Service":              strings.NewReplacer("KIND", "StatefulSet", "PORTS", "{port: 5678}").Replace(workload + headless),
		"of a Deployment":               strings.NewReplacer("KIND", "Deployment", "PORTS", "{port: 5678}").Replace(workload + headless + usual),
		"with another port of the pods": strings.NewReplacer("KIND", "StatefulSet", "PORTS", "{name: a, port: 5678}, {name: b, port: 9090}").Replace(workload + headless + usual),
	} {
		if patch, report := run(t, nil, input, "assess", "-", "-o", "patch"), run(t, nil, input, "assess", "-"); patch.out != "" || strings.Contains(report.out, "-o patch") {
			t.Errorf("%s: patch\n%s\nreport\n%s", name, patch.out, report.out)
		}
	}
}

// A folder as it is: beside the manifests lie the patch that assess wrote, patches of a kustomization, values and templates of Helm, and
// files of other programs. They are left out, and assess says so.
func TestAssessFolder(t *testing.T) {
	bot, err := os.ReadFile(assessedBot)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, content := range map[string]string{
		"bot.yaml":                  string(bot),
		"chaperone-patch.yaml":      run(t, nil, "", "assess", assessedBot, "-o", "patch").out,
		"kustomization.yaml":        "resources: [bot.yaml]\npatches: [{path: memory.yaml}]\nconfigMapGenerator: [{name: c, files: [app=app.yml]}]\n",
		"memory.yaml":               "{apiVersion: apps/v1, kind: Deployment, metadata: {name: open-webui, namespace: shop}, spec: {replicas: 2}}",
		"app.yml":                   "{apiVersion: v1, kind: Pod}",
		"values.yaml":               "image: {tag: main}\nkind: Deployment\nspec: {kind: {of: flower}}\n",
		"operations.yaml":           "- {op: remove, path: /spec}\n",
		"package.json":              `{"name": "bot", "version": "1.0.0"}`,
		"chart/Chart.yaml":          "apiVersion: v2\nname: bot\nversion: 1.0.0\n",
		"chart/templates/bot.yaml":  "kind: Pod\n{{- if .Values.enabled }}\nmetadata: {name: {{ .Release.Name }}}\n{{- end }}\n",
		"chart/templates/sub/b.yml": "{{ include }}",
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, output := range []string{"text", "patch"} {
		got := run(t, nil, "", "assess", "-R", folder, "-o", output)
		if want := map[string]int{"text": cli.ExitRefused, "patch": cli.ExitPassed}[output]; got.exit != want {
			t.Errorf("%s: exit %d, want %d", output, got.exit, want)
		}
		for _, want := range []string{
			"note: " + folder + "/chaperone-patch.yaml: left out, because `assess -o patch` wrote them",
			"note: " + folder + "/app.yml, " + folder + "/memory.yaml: left out, because a kustomization applies them",
			"note: " + folder + "/chart/templates/bot.yaml, " + folder + "/chart/templates/sub/b.yml: left out, because they are templates",
			folder + "/chart/Chart.yaml, " + folder + "/kustomization.yaml, " + folder + "/operations.yaml, " + folder + "/package.json, " + folder +
				"/values.yaml: left out, because no Kubernetes object is in them",
		} {
			if !strings.Contains(got.err, want) {
				t.Errorf("%s: no %q in:\n%s", output, want, got.err)
			}
		}
	}
}

// What -k renders is what is assessed: a namespace and a patch of the kustomization count.
func TestAssessKustomization(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"kustomization.yaml": "namespace: market\nresources: [bot.yaml]\nimages: [{name: shop/app, newName: flowiseai/flowise}]\n",
		"bot.yaml":           `{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: a}}, spec: {containers: [{name: a, image: shop/app}]}}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, nil, "", "assess", "-k", folder)
	if got.exit != cli.ExitRefused || !strings.Contains(got.out, "Pod market/a: Flowise") {
		t.Errorf("exit %d\n%s%s", got.exit, got.out, got.err)
	}
}
