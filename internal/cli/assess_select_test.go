package cli_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// workload is a Deployment with labels and containers, for its name.
const workload = `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec: {selector: {matchLabels: {LABELS}}, template: {metadata: {labels: {LABELS}}, spec: {containers: [CONTAINERS]}}}
---
`

// newWorkload returns a manifest of a Deployment.
func newWorkload(name, labels, containers string) string {
	return strings.NewReplacer("NAME", name, "LABELS", labels, "CONTAINERS", containers).Replace(workload)
}

// TestDraftsSelectApart: charts label pods by different keys, and admission refuses declarations that could select the same pod.
func TestDraftsSelectApart(t *testing.T) {
	const flowise = "{name: a, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	manifests := newWorkload("first", "app.kubernetes.io/name: first", flowise) + newWorkload("second", "app: second", flowise) +
		newWorkload("third", "app: third, tier: chat", flowise) + newWorkload("fourth", "tier: front, app.kubernetes.io/name: fourth", flowise)
	draft := run(t, nil, manifests, "assess", "-", "-o", "draft")
	checked := run(t, nil, draft.out, "check", "-")
	if draft.exit != 0 || strings.Contains(checked.err, "overlaps") {
		t.Errorf("assess: exit %d %s\ncheck: %s\n%s", draft.exit, draft.err, checked.err, draft.out)
	}
	if want := "matchLabels: {app: second}\n    matchExpressions:"; !strings.Contains(draft.out, want) {
		t.Errorf("no %q in\n%s", want, draft.out)
	}
}

// TestDraftsOfOtherNamespaces: no pod is in two namespaces, so their drafts need nothing to tell their pods apart.
func TestDraftsOfOtherNamespaces(t *testing.T) {
	const flowise = "{name: a, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	other := strings.Replace(newWorkload("second", "app: second", flowise), "namespace: shop", "namespace: other", 1)
	draft := run(t, nil, newWorkload("first", "app.kubernetes.io/name: first", flowise)+other, "assess", "-", "-o", "draft")
	if strings.Contains(draft.out, "matchExpressions") || strings.Count(draft.out, "kind: ChatbotDeployment") != 2 {
		t.Errorf("exit %d\n%s", draft.exit, draft.out)
	}
}

// TestSurestContainerIsTheChatbot, in any order: kustomize puts containers that it patches first.
func TestSurestContainerIsTheChatbot(t *testing.T) {
	const bot = "{name: bot, image: botpress/server, ports: [{name: web, containerPort: 3000}]}"
	const other = "{name: numbers, image: shop/numbers, ports: [{name: numbers, containerPort: 8000}]}"
	for _, containers := range []string{bot + ", " + other, other + ", " + bot} {
		got := run(t, nil, newWorkload("botpress", "app: botpress", containers), "assess", "-", "-o", "draft")
		if !strings.Contains(got.out, "- name: web") {
			t.Errorf("%s: the draft has another port:\n%s", containers, got.out)
		}
	}
}

// TestModelServerIsCalledByPod: a StatefulSet's pods have names of their own, by the headless Service.
func TestModelServerIsCalledByPod(t *testing.T) {
	server := strings.Replace(newWorkload("ollama", "app: ollama", "{name: a, image: ollama/ollama, ports: [{containerPort: 11434}]}"), "Deployment", "StatefulSet", 1) +
		"apiVersion: v1\nkind: Service\nmetadata: {name: ollama, namespace: shop}\nspec: {clusterIP: None, selector: {app: ollama}, ports: [{port: 11434}]}\n---\n"
	for host, drafts := range map[string]int{"ollama-0.ollama": 1, "ollama-0.ollama.shop.svc.cluster.local": 1, "ollama-0.ollama.other": 2} {
		bot := newWorkload("webui", "app: webui", "{name: a, image: open-webui/open-webui, ports: [{containerPort: 8080}], env: [{name: OLLAMA_BASE_URL, value: 'http://"+host+":11434'}]}")
		got := run(t, nil, server+bot, "assess", "-", "-o", "draft")
		if count := strings.Count(got.out, "kind: ChatbotDeployment"); count != drafts {
			t.Errorf("%s: %d drafts, want %d\n%s%s", host, count, drafts, got.out, got.err)
		}
	}
}

// frontService is a Service of the namespace, for its selector and its target.
const frontService = "apiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: shop}\n" +
	"spec: {selector: {SELECTOR}, ports: [{port: 80, targetPort: TARGET}]}\n---\n"

// newFrontService returns a manifest of the Service.
func newFrontService(selector, target string) string {
	return strings.NewReplacer("SELECTOR", selector, "TARGET", target).Replace(frontService)
}

// TestDraftsSelectEveryVersion: what people reach by one Service gets one draft, and the next version belongs to it too.
func TestDraftsSelectEveryVersion(t *testing.T) {
	const flowise = "{name: a, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	const other = "{name: a, image: shop/store, ports: [{name: http, containerPort: 3000}]}"
	v7, v8 := newWorkload("shop-v7", "app: shop, version: v7", flowise), newWorkload("shop-v8", "app: shop, version: v8", flowise)
	for name, tc := range map[string]struct {
		manifests string
		selectors []string
	}{
		"a Service of all versions":   {v7 + newFrontService("app: shop", "http"), []string{"{app: shop}"}},
		"a Service of one version":    {v7 + newFrontService("app: shop, version: v7", "http"), []string{"{app: shop}"}},
		"no Service":                  {v7, []string{"{app: shop}"}},
		"two versions":                {v7 + v8 + newFrontService("app: shop", "http"), []string{"{app: shop}"}},
		"a track":                     {newWorkload("a", "app: shop, track: canary", flowise), []string{"{app: shop}"}},
		"a label that is no version":  {newWorkload("a", "app: shop, tier: chat", flowise), []string{"{app: shop, tier: chat}"}},
		"another app with the labels": {v7 + newWorkload("store", "app: shop, version: v1", other), []string{"{app: shop, version: v7}"}},
		"another component": {v7 + newWorkload("b", "app: shop, tier: back", flowise) + newFrontService("app: shop", "http"),
			[]string{"{app: shop, version: v7}", "{app: shop, tier: back}"}},
	} {
		draft := run(t, nil, tc.manifests, "assess", "-", "-o", "draft")
		var selectors []string
		for line := range strings.Lines(draft.out) {
			if _, labels, isSelector := strings.Cut(line, "matchLabels: "); isSelector {
				selectors = append(selectors, strings.TrimSpace(labels))
			}
		}
		if draft.exit != 0 || !slices.Equal(selectors, tc.selectors) {
			t.Errorf("%s: exit %d, selectors %q, want %q\n%s", name, draft.exit, selectors, tc.selectors, draft.err)
		}
	}
}

// TestPodsBesideTheChatbotAreNamed: check and assess say what the status of a declaration says of pods behind its Service.
func TestPodsBesideTheChatbotAreNamed(t *testing.T) {
	declaration, err := json.Marshal(builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Selector.MatchLabels = map[string]string{"app": "shop", "version": "v7"}
	}))
	if err != nil {
		t.Fatal(err)
	}
	const bot = "{name: a, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	const worker = "{name: a, image: shop/worker, ports: [{name: metrics, containerPort: 9090}]}"
	const store = "{name: a, image: shop/store, ports: [{name: http, containerPort: 3000}]}"
	v7 := newWorkload("shop-v7", "app: shop, version: v7", bot) + newFrontService("app: shop", "http")
	const want = "The selector also matches pods of Deployment shop-v8, which no ChatbotDeployment governs."
	for name, tc := range map[string]struct {
		beside  string
		isNamed bool
	}{
		"another version": {newWorkload("shop-v8", "app: shop, version: v8", store), true},
		"a worker":        {newWorkload("shop-v8", "app: shop, version: v8", worker), false},
		"another app":     {newWorkload("shop-v8", "app: store", store), false},
	} {
		for _, args := range [][]string{{"check", "-"}, {"assess", "-"}} {
			manifests := v7 + tc.beside
			if args[0] == "check" {
				manifests += string(declaration)
			}
			got := run(t, nil, manifests, args...)
			text := strings.Join(strings.Fields(got.out), " ") // The report breaks lines.
			if isNamed := strings.Contains(text, want) && strings.Contains(text, "service.ungoverned_pods"); isNamed != tc.isNamed {
				t.Errorf("%s of %s: named %t\n%s%s", args[0], name, isNamed, got.out, got.err)
			}
		}
	}
}

// TestDraftDeclaresThePortThatPeopleReach: a proxy in the pod is before the chatbot, and the sidecar has to be before the proxy.
func TestDraftDeclaresThePortThatPeopleReach(t *testing.T) {
	const bot = "{name: bot, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	const proxy = "{name: auth, image: oauth2-proxy, ports: [{name: proxy, containerPort: 4180}, {name: metrics, containerPort: 44180}]}"
	const unnamed = "{name: auth, image: oauth2-proxy, ports: [{containerPort: 4180}]}"
	for name, tc := range map[string]struct {
		containers, target, want string
	}{
		"a Service to the proxy":        {bot + ", " + proxy, "proxy", "- name: proxy # The port of the container auth, through which people reach bot.\n"},
		"by number":                     {bot + ", " + proxy, "4180", "- name: proxy # The port"},
		"to a port without a name":      {bot + ", " + unnamed, "4180", "- name: chat # The port of the container auth"},
		"to the chatbot past the proxy": {bot + ", " + proxy, "http", "- name: http\n"},
		"to metrics only":               {bot + ", " + proxy, "metrics", "- name: http\n"},
		"to no port that is listed":     {bot + ", " + proxy, "8443", "- name: http\n"},
	} {
		manifests := newWorkload("flowise", "app: flowise", tc.containers) + newFrontService("app: flowise", tc.target)
		draft := run(t, nil, manifests, "assess", "-", "-o", "draft")
		if !strings.Contains(draft.out, tc.want) {
			t.Errorf("%s: no %q in\n%s%s", name, tc.want, draft.out, draft.err)
		}
		patched := kustomize(t, manifests, run(t, nil, manifests, "assess", "-", "-o", "patch").out)
		report := run(t, nil, patched, "assess", "-")
		if isFront := strings.Contains(tc.want, "# The port"); isFront && (strings.Contains(report.out, "service.no_open_port") || strings.Contains(report.out, "service.target_by_name")) {
			t.Errorf("%s: the Service leads to no port of the draft:\n%s", name, report.out)
		}
	}
}

// TestDraftNamesNoShapeThatNobodyKnows: a placeholder would pass under Deny.
func TestDraftNamesNoShapeThatNobodyKnows(t *testing.T) {
	const langflow = "{name: a, image: langflowai/langflow, ports: [{name: http, containerPort: 7860}]}"
	draft := run(t, nil, newWorkload("flow", "app: flow", langflow), "assess", "-", "-o", "draft")
	if !strings.Contains(draft.out, "    shape: # It speaks langflow-run, for which there is no preset. Which wire format") {
		t.Errorf("the draft:\n%s%s", draft.out, draft.err)
	}
	args := append(append([]string{"init", "--from", "-", "--set", "enforcement=Deny", "--set", "processors[].host="}, legalAnswers()...), processorAnswers()...)
	if filled := run(t, nil, draft.out, args...); filled.exit == 0 || !strings.Contains(filled.err, "spec.ports[].shape: Which wire format") {
		t.Errorf("init: exit %d\n%s%s", filled.exit, filled.out, filled.err)
	}
	if checked := run(t, nil, draft.out, "check", "-"); checked.exit != 2 || !strings.Contains(checked.err, "spec.ports[0].shape") {
		t.Errorf("check: exit %d\n%s%s", checked.exit, checked.out, checked.err)
	}
}
