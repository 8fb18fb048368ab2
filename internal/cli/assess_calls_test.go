package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
)

// callingBot is a Deployment with a Service. ENV, IMAGE and MORE are replaced.
const callingBot = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: bot, namespace: shop}, spec: {selector: {matchLabels: {app: bot}}, template: " +
	"{metadata: {labels: {app: bot}}, spec: {containers: [{name: bot, image: IMAGE, ports: [{name: http, containerPort: 8080}], env: [ENV]MORE}]}}}}\n---\n" +
	"{apiVersion: v1, kind: Service, metadata: {name: bot, namespace: shop}, spec: {selector: {app: bot}, ports: [{port: 80, targetPort: http}]}}\n---\n"

// otherWorkload is a Deployment that is no chatbot.
const otherWorkload = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: store, namespace: shop}, spec: {selector: {matchLabels: {app: store}}, template: " +
	"{metadata: {labels: {app: store}}, spec: {containers: [{name: store, image: shop/store, ports: [{containerPort: 80}]}]}}}}\n---\n"

const settingsMap = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}, data: {TARGET: 'https://api.openai.com/v1', AZURE_OPENAI_ENDPOINT: 'https://shop.openai.azure.com'}}\n---\n"

func newCallingBot(image, env, more string) string {
	return strings.NewReplacer("IMAGE", image, "ENV", env, "MORE", more).Replace(callingBot)
}

// What assess says of the models that a chatbot calls, wherever the manifest shows it.
func TestAssessFindsCalls(t *testing.T) {
	const key = "{name: OPENAI_API_KEY, value: x}"
	for name, test := range map[string]struct {
		input        string
		want, absent string
	}{
		"a URL under a name that says nothing":        {newCallingBot("shop/app", "{name: TARGET, value: 'https://api.openai.com/v1'}", ""), "It calls api.openai.com, named in TARGET", ""},
		"a URL in an argument":                        {newCallingBot("shop/app", "", ", args: [--target, 'https://shop.openai.azure.com']"), "It calls shop.openai.azure.com, named in --target", ""},
		"a ConfigMap of the input, as a whole":        {settingsMap + newCallingBot("shop/app", "", ", envFrom: [{configMapRef: {name: settings}}]"), "It calls shop.openai.azure.com, named in AZURE_OPENAI_ENDPOINT", "variables come from"},
		"a ConfigMap of the input, by a key":          {settingsMap + newCallingBot("shop/app", "{name: X, valueFrom: {configMapKeyRef: {name: settings, key: TARGET}}}", ""), "It calls api.openai.com, named in X", ""},
		"a ConfigMap that is not in the input":        {newCallingBot("shop/chat", "", ", envFrom: [{configMapRef: {name: settings}}]"), "variables come from ConfigMap settings", ""},
		"a key of a program that is not known":        {newCallingBot("shop/app", key, ""), "because OPENAI_API_KEY is\n  set and no URL is (sure: B).", "(sure: A)"},
		"a key beside another base URL":               {newCallingBot("shop/app", key+", {name: BASE_URL, value: 'http://llama.ml/openai'}", ""), "BASE_URL leads to llama.ml: if the", "It calls api.openai.com"},
		"a key beside the URL of a shop":              {newCallingBot("shop/app", key+", {name: ORDERS, value: 'http://orders:8080'}", ""), "It calls api.openai.com", "leads to orders"},
		"NextChat, which reads BASE_URL":              {newCallingBot("yidadaa/chatgpt-next-web:v2", key+", {name: BASE_URL, value: 'http://llama.ml/openai'}", ""), "It calls llama.ml, named in BASE_URL", "api.openai.com"},
		"Bedrock in a region":                         {newCallingBot("shop/app", "{name: BEDROCK_MODEL_ID, value: m}, {name: AWS_REGION, value: eu-central-1}", ""), "It calls bedrock-runtime.eu-central-1.amazonaws.com, the default", ""},
		"workloads that are not taken for chatbots":   {newCallingBot("shop/app", key, "") + otherWorkload, "Looked at and not taken for chatbots: Deployment shop/store.", ""},
		"what was recognized comes before what fails": {strings.ReplaceAll(newCallingBot("shop/app", key, ""), "targetPort: http", "targetPort: 8080"), "Sure: A by the image of a product", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, test.input, "assess", "-")
			recognized, _, _ := strings.Cut(got.out, "deny: ")
			if !strings.Contains(recognized, test.want) || test.absent != "" && strings.Contains(recognized, test.absent) {
				t.Errorf("no %q, or %q, in:\n%s%s", test.want, test.absent, got.out, got.err)
			}
		})
	}
}

// What the draft says of processors.
func TestDraftOfCalls(t *testing.T) {
	for name, test := range map[string]struct {
		env          string
		want, absent string
	}{
		"a host that only people know":            {"{name: OPENAI_API_KEY, value: x}, {name: BASE_URL, value: 'http://llama.ml/openai'}", "  - name: model\n    host: #", "api.openai.com"},
		"Bedrock":                                 {"{name: BEDROCK_MODEL_ID, value: m}, {name: AWS_REGION, value: eu-central-1}", "    host: bedrock-runtime.eu-central-1.amazonaws.com\n    shape: bedrock-converse\n", ""},
		"a shape that no processor can have":      {"{name: OPENAI_REALTIME_URL, value: 'wss://api.openai.com/v1/realtime'}", "    host: api.openai.com\n", "openai-realtime"},
		"what the sidecar redacts, as a proposal": {"{name: OPENAI_API_KEY, value: x}", "    redact: [payment-card, iban] #", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, newCallingBot("shop/app", test.env, ""), "assess", "-", "-o", "draft")
			if got.exit != cli.ExitPassed || !strings.Contains(got.out, test.want) || test.absent != "" && strings.Contains(got.out, test.absent) {
				t.Errorf("exit %d; no %q, or %q, in:\n%s%s", got.exit, test.want, test.absent, got.out, got.err)
			}
		})
	}
}

// A workload that the user names is a chatbot, whatever it looks like.
func TestAssessInclude(t *testing.T) {
	got := run(t, nil, otherWorkload, "assess", "-", "-o", "draft", "--include", "deployment/store")
	if got.exit != cli.ExitPassed || !strings.Contains(got.out, "# Draft for Deployment shop/store.") || !strings.Contains(got.out, "    host: #") {
		t.Errorf("exit %d:\n%s%s", got.exit, got.out, got.err)
	}
	unknown := run(t, nil, otherWorkload, "assess", "-", "--include", "deployment/shop")
	if unknown.exit != cli.ExitBadInput || !strings.Contains(unknown.err, `--include is "deployment/shop"`) {
		t.Errorf("exit %d: %s", unknown.exit, unknown.err)
	}
	none := run(t, nil, otherWorkload, "assess", "-")
	if none.exit != cli.ExitBadInput || !strings.Contains(none.err, "--include KIND/NAME") || !strings.Contains(none.out, "Deployment shop/store") {
		t.Errorf("exit %d:\n%s%s", none.exit, none.out, none.err)
	}
}

// Pages before a chatbot of the input, and a model server that it calls under any name, need no declarations of their own.
func TestFrontsAndServersNeedNoDeclaration(t *testing.T) {
	input := newCallingBot("shop/app", "{name: OPENAI_API_KEY, value: x}, {name: BRAIN, value: 'http://llama:11434'}", "") +
		strings.NewReplacer("store", "chat-pages", "ports: [{containerPort: 80}]", "ports: [{containerPort: 80}], env: [{name: BACKEND, value: 'http://bot'}]").Replace(otherWorkload) +
		strings.NewReplacer("image: shop/store", "image: ollama/ollama", "store", "llama").Replace(otherWorkload) +
		"{apiVersion: v1, kind: Service, metadata: {name: llama, namespace: shop}, spec: {selector: {app: llama}, ports: [{port: 11434}]}}"
	got := run(t, nil, input, "assess", "-")
	for _, want := range []string{
		"It calls llama:11434, named in BRAIN (Ollama, sure: B).", "Deployment shop/bot calls it: it is a processor there",
		"Deployment shop/chat-pages is no chatbot of its own: it shows no call of a model, and BACKEND leads", "--include Deployment/chat-pages",
	} {
		if !strings.Contains(strings.ReplaceAll(got.out, "\n", " "), want) {
			t.Errorf("no %q in:\n%s%s", want, got.out, got.err)
		}
	}
	if draft := run(t, nil, input, "assess", "-", "-o", "draft"); strings.Count(draft.out, "# Draft for ") != 1 {
		t.Errorf("drafts:\n%s", draft.out)
	}
	included := run(t, nil, input, "assess", "-", "-o", "draft", "--include", "Deployment/chat-pages")
	if !strings.Contains(included.out, "# Draft for Deployment shop/chat-pages.") {
		t.Errorf("the front is not included:\n%s%s", included.out, included.err)
	}
}

// A URL of a model is judged whatever its variable is called, also in a ConfigMap of the input.
func TestCheckFindsCalls(t *testing.T) {
	sample, err := os.ReadFile("../../config/samples/other-model-pod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const variable = `{name: OPENAI_BASE_URL, value: "https://other.example/v1"}`
	for name, test := range map[string]struct{ env, want string }{
		"an undeclared host":             {"{name: TARGET, value: 'https://api.openai.com/v1'}", "(workload.model_base_url)"},
		"a declared host":                {"{name: TARGET, value: 'https://api.model.example/v1'}", ""},
		"a declared host in a ConfigMap": {"{name: TARGET, valueFrom: {configMapKeyRef: {name: settings, key: OTHER}}}", "(workload.model_base_url)"},
		"a model host in a ConfigMap":    {"{name: TARGET, valueFrom: {configMapKeyRef: {name: settings, key: TARGET}}}", "api.openai.com in ConfigMap settings"},
		"a shop in a ConfigMap":          {"{name: TARGET, valueFrom: {configMapKeyRef: {name: settings, key: SHOP}}}", ""},
		"a key beside a declared host":   {"{name: TARGET, value: 'https://api.model.example/v1'}, {name: OPENAI_API_KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}", ""},
		"a key alone":                    {"{name: OPENAI_API_KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}", "api.openai.com by default"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(string(sample), variable) {
				t.Fatal("the sample has changed")
			}
			settings := strings.Replace(settingsMap, "}, data: {", "}, data: {OTHER: 'https://api.model.example/v1', SHOP: 'https://shop.example', ", 1)
			got := run(t, nil, settings+strings.Replace(string(sample), variable, test.env, 1), "check", "-")
			isDenied := strings.Contains(got.out, "model_base_url")
			if isDenied != (test.want != "") || !strings.Contains(strings.ReplaceAll(got.out, "\n", " "), test.want) {
				t.Errorf("want %q in:\n%s%s", test.want, got.out, got.err)
			}
		})
	}
}

// The requests and limits that a LimitRange of the input sets are not missing.
func TestLimitRangeSetsResources(t *testing.T) {
	const limits = "{apiVersion: v1, kind: LimitRange, metadata: {name: d, namespace: shop}, spec: {limits: [{type: Container, default: {memory: 1Gi}, defaultRequest: {cpu: 100m, memory: 1Gi}}]}}\n---\n"
	bot := newCallingBot("flowiseai/flowise", "", "")
	without, with := run(t, nil, bot, "assess", "-"), run(t, nil, limits+bot, "assess", "-")
	elsewhere := run(t, nil, strings.Replace(limits, "shop", "market", 1)+bot, "assess", "-")
	if !strings.Contains(without.out, "resources_set") || strings.Contains(with.out, "resources_set") || !strings.Contains(elsewhere.out, "resources_set") {
		t.Errorf("without:\n%s\nwith:\n%s\nin another namespace:\n%s", without.out, with.out, elsewhere.out)
	}
}
