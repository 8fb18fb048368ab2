package cli_test

import (
	"strings"
	"testing"
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
