package product

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestEmbeddedDataIsValid(t *testing.T) {
	c, err := parse(productsFile, modelsFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Products) == 0 || len(c.Services) == 0 || len(c.Words.Chatbot) == 0 || len(c.Others) == 0 {
		t.Error("a list is empty")
	}
}

func TestParseRefuses(t *testing.T) {
	const product = `products: [{name: a, title: A, role: chatbot, shape: s, images: [a], ports: [1], models: [none], source: x, sure: A}]`
	const service = `services: [{name: a, title: A, urls: [A_URL], source: x, sure: A}]`
	for name, test := range map[string]struct{ products, models, want string }{
		"an unknown key":                    {strings.Replace(product, "sure: A", "sure: A, colour: red", 1), service, "colour"},
		"an unknown role":                   {strings.Replace(product, "role: chatbot", "role: pet", 1), service, `role "pet"`},
		"an unknown place":                  {strings.Replace(product, "[none]", "[paper]", 1), service, `models "paper"`},
		"a product without a sign":          {strings.Replace(product, "images: [a]", "images: []", 1), service, "images"},
		"a product without a source":        {strings.Replace(product, "source: x, ", "", 1), service, "source is needed"},
		"an unknown sureness":               {strings.Replace(product, "sure: A", "sure: D", 1), service, `sure "D"`},
		"a neighbor without images":         {product + "\nneighbors: [{title: a, images: [], source: x, sure: A}]", service, "title and images"},
		"a neighbor without a source":       {product + "\nneighbors: [{title: a, images: [a], sure: A}]", service, `neighbor "a": source is needed`},
		"a pattern that cannot be read":     {strings.Replace(product, "images: [a]", `images: ["["]`, 1), service, `pattern "["`},
		"a default variable that is no URL": {product, strings.Replace(service, "source", `default: {url: "https://a.example", variable: B}, source`, 1), `"B" is not one of urls`},
		"a default that is no URL":          {product, strings.Replace(service, "source", `default: {url: a.example}, source`, 1), "is not a URL"},
		"a messaging service without keys":  {product, strings.Replace(service, "source", `shape: s, messaging: {}, source`, 1), "needs shape and credentials"},
		"a pattern of secrets that is none": {product, strings.Replace(service, "source", `shape: s, credentials: [K], messaging: {secrets: ["["]}, source`, 1), `pattern "["`},
		"a variable of no known service":    {strings.Replace(product, "models", "urls: [{variable: A, service: b}], models", 1), service, `the unknown service "b"`},
		"services among the products":       {product + "\n" + service, service, "belong in models.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse([]byte(test.products), []byte(test.models)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// No service hides a variable of one behind it, and a name is given once.
func TestEntriesDoNotOverlap(t *testing.T) {
	var names []string
	for _, p := range known().Products {
		names = append(names, p.Name)
	}
	for _, s := range known().Services {
		names = append(names, "service "+s.Name)
		for _, other := range known().Services {
			if other.Name == s.Name { // Of the services before it, none has its variables. Those behind it may have, by a pattern.
				break
			}
			for _, variable := range slices.Concat(s.URLs, s.Lists, s.Credentials) {
				if matchesAny(slices.Concat(other.URLs, other.Lists, other.Credentials), variable) {
					t.Errorf("%s is a variable of %s and of %s", variable, s.Name, other.Name)
				}
			}
		}
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("a name is given twice: %v", names)
	}
}

func TestFindModelURLs(t *testing.T) {
	secret := &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "key"}}
	found := func(env []corev1.EnvVar, from []corev1.EnvFromSource) []string {
		var list []string
		for _, u := range FindModelURLs(&corev1.Container{Env: env, EnvFrom: from}) {
			list = append(list, u.Service.Name+" "+u.Name+"="+u.Called()+" "+u.Credential)
		}
		return list
	}
	for name, test := range map[string]struct {
		env  []corev1.EnvVar
		from []corev1.EnvFromSource
		want []string
	}{
		"the variables of the manifests that people publish": {
			env: []corev1.EnvVar{
				{Name: "OPENAI_API_BASE_URL", Value: "a"}, {Name: "OPENAI_API_BASE_URLS", Value: "b;c"}, {Name: "OLLAMA_HOST", Value: "http://d"},
				{Name: "LLM_API_URL", Value: "e"}, {Name: "RAG_OPENAI_API_BASE_URL", Value: "f"}, {Name: "AZURE_OPENAI_BASE_URL", Value: "g"},
				{Name: "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", Value: "h"}, {Name: "GOOGLE_VERTEX_BASE_URL", Value: "i"},
				{Name: "DATABASE_URL", Value: "j"}, {Name: "AWS_ENDPOINT_URL_S3", Value: "k"},
			},
			want: []string{
				"openai OPENAI_API_BASE_URL=a ", "openai OPENAI_API_BASE_URLS=b;c ", "ollama OLLAMA_HOST=http://d ", "model LLM_API_URL=e ",
				"openai RAG_OPENAI_API_BASE_URL=f ", "azure-openai AZURE_OPENAI_BASE_URL=g ",
				"bedrock AWS_ENDPOINT_URL_BEDROCK_RUNTIME=h ", "vertex GOOGLE_VERTEX_BASE_URL=i ",
			},
		},
		"a credential without a URL: the default host": {
			env:  []corev1.EnvVar{{Name: "OPENAI_API_KEY", ValueFrom: secret}, {Name: "GROQ_API_KEY", Value: "x"}},
			want: []string{"openai OPENAI_BASE_URL=https://api.openai.com/v1 OPENAI_API_KEY", "groq GROQ_BASE_URL=https://api.groq.com GROQ_API_KEY"},
		},
		"a credential with a URL": {
			env:  []corev1.EnvVar{{Name: "OPENAI_API_KEY", ValueFrom: secret}, {Name: "OPENAI_API_BASE", Value: "a"}},
			want: []string{"openai OPENAI_API_BASE=a "},
		},
		"a URL from elsewhere": {
			env:  []corev1.EnvVar{{Name: "OPENAI_BASE_URL", ValueFrom: secret}},
			want: []string{"openai OPENAI_BASE_URL= "},
		},
		"a credential whose URL may be in a Secret": {
			env: []corev1.EnvVar{{Name: "OPENAI_API_KEY", ValueFrom: secret}}, from: []corev1.EnvFromSource{{}},
		},
		"a credential of a service without a default host":      {env: []corev1.EnvVar{{Name: "AZURE_OPENAI_API_KEY", ValueFrom: secret}}},
		"a credential of a service without a variable for URLs": {env: []corev1.EnvVar{{Name: "MISTRAL_API_KEY", ValueFrom: secret}}},
		"two credentials of one service: one missing variable": {
			env:  []corev1.EnvVar{{Name: "ANTHROPIC_API_KEY"}, {Name: "ANTHROPIC_AUTH_TOKEN"}},
			want: []string{"anthropic ANTHROPIC_BASE_URL=https://api.anthropic.com ANTHROPIC_API_KEY"},
		},
		"addresses at which a server listens": {
			env: []corev1.EnvVar{{Name: "OLLAMA_HOST", Value: "0.0.0.0:11434"}, {Name: "OLLAMA_HOST", Value: "http://[::]:11434"}, {Name: "OLLAMA_HOST", Value: ":11434"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, found(test.env, test.from)); diff != "" {
				t.Errorf("model URLs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHost(t *testing.T) {
	for text, want := range map[string]string{
		"https://User:Secret@API.model.example:443/v1?key=secret": "api.model.example",
		"http://ollama:11434":        "ollama:11434",
		"http://model.shop.svc:80/":  "model.shop.svc",
		"https://model.shop.svc:80/": "model.shop.svc:80",
		"api.model.example":          "",
		"redis://cache:6379":         "",
		"http://:8080":               "",
		"":                           "",
	} {
		if got := Host(text); got != want {
			t.Errorf("Host(%q) = %q, want %q", text, got, want)
		}
	}
}

// Neighbors are no chatbots, although their names have the words of some, and although they may call models.
func TestNeighborsAreNoChatbots(t *testing.T) {
	for name, image := range map[string]string{
		"onyx-web-server": "onyxdotapp/onyx-web-server:v1", "onyx-inference-model": "onyxdotapp/onyx-model-server", "chatqna-ui": "opea/chatqna-ui:latest",
		"rasa-action-server": "rasa/rasa-sdk:3.9", "rocketchat": "registry.example/rocketchat/rocket.chat:6", "typebot-builder": "baptistearno/typebot-builder",
		"dify-web": "langgenius/dify-web:1", "dify-sandbox": "langgenius/dify-sandbox", "dify-plugin-daemon": "langgenius/dify-plugin-daemon",
		"n8n-runners": "n8nio/runners", "chat-langfuse": "langfuse/langfuse:3", "open-webui-mcpo": "ghcr.io/open-webui/mcpo",
		"librechat-rag-api": "ghcr.io/danny-avila/librechat-rag-api-dev-lite",
	} {
		container := &corev1.Container{Name: name, Image: image, Ports: []corev1.ContainerPort{{ContainerPort: 3000}}, Env: []corev1.EnvVar{{Name: "OPENAI_API_KEY"}}}
		match, isRecognized := Recognize(container, name)
		neighbor, isNeighbor := FindNeighbor(container)
		if isRecognized || !isNeighbor || neighbor.Title == "" {
			t.Errorf("%s is recognized as %v, neighbor %q", image, match, neighbor.Title)
		}
	}
}

func TestWorkers(t *testing.T) {
	for name, test := range map[string]struct {
		container corev1.Container
		isWorker  bool
	}{
		"by an argument":          {corev1.Container{Image: "n8nio/n8n", Args: []string{"worker"}}, true},
		"by a word of a command":  {corev1.Container{Image: "chatwoot/chatwoot", Command: []string{"sh", "-c", "bundle exec sidekiq -C config/sidekiq.yml"}}, true},
		"by a variable":           {corev1.Container{Image: "langgenius/dify-api", Env: []corev1.EnvVar{{Name: "MODE", Value: "worker"}}}, true},
		"by a script":             {corev1.Container{Image: "onyxdotapp/onyx-backend", Command: []string{"python", "onyx/onyxbot/slack/listener.py"}}, true},
		"not by a script's path":  {corev1.Container{Image: "onyxdotapp/onyx-backend", Command: []string{"uvicorn", "onyx.main:app"}}, false},
		"by an image":             {corev1.Container{Image: "flowiseai/flowise-worker:3"}, true},
		"by a module":             {corev1.Container{Image: "corp/returns", Command: []string{"python", "-m", "langgraph_api.queue_entrypoint"}}, true},
		"a server of languages":   {corev1.Container{Image: "botpress/server:v12", Command: []string{"/botpress/bp"}, Args: []string{"lang"}}, true},
		"not by another value":    {corev1.Container{Image: "langgenius/dify-api", Env: []corev1.EnvVar{{Name: "MODE", Value: "api"}}}, false},
		"not by another argument": {corev1.Container{Image: "n8nio/n8n", Args: []string{"webhook"}}, false},
		"not of another product":  {corev1.Container{Image: "ollama/ollama", Args: []string{"worker"}}, false},
	} {
		if match, ok := Recognize(&test.container); !ok || match.IsWorker != test.isWorker {
			t.Errorf("%s: recognized %v, worker %v, want %v", name, ok, match.IsWorker, test.isWorker)
		}
	}
}

func TestRecognize(t *testing.T) {
	port := func(number int32) []corev1.ContainerPort { return []corev1.ContainerPort{{ContainerPort: number}} }
	for name, test := range map[string]struct {
		container corev1.Container
		names     []string
		want      string
	}{
		"by image, from a mirror, with port, tag and digest": {
			container: corev1.Container{Image: "mirror.example:5000/flowiseai/flowise:3.0.3@sha256:00"},
			want:      "flowise chatbot A [image mirror.example:5000/flowiseai/flowise]",
		},
		"by image, no surer than the data": {container: corev1.Container{Image: "botpress"}, want: "botpress chatbot C [image botpress]"},
		"not by a part of an image's name": {container: corev1.Container{Image: "shop/ollama-exporter-2"}},
		"by command":                       {container: corev1.Container{Image: "python", Args: []string{"-c", "/usr/bin/streamlit run app.py"}}, want: "streamlit chatbot B [command streamlit]"},
		"by a variable":                    {container: corev1.Container{Env: []corev1.EnvVar{{Name: "LANGFLOW_PORT"}}}, want: "langflow chatbot B [variable LANGFLOW_PORT]"},
		"by a model call and a port": {
			container: corev1.Container{Env: []corev1.EnvVar{{Name: "GROQ_API_KEY"}}, Ports: port(8501)},
			want:      "streamlit chatbot C [variable GROQ_API_KEY port 8501]",
		},
		"by a model call, behind a common port": {
			container: corev1.Container{Env: []corev1.EnvVar{{Name: "OLLAMA_URL", Value: "http://ollama"}}, Ports: port(8080)},
			want:      " chatbot C [variable OLLAMA_URL]",
		},
		"by the name of the workload":         {container: corev1.Container{Image: "x", Ports: port(80)}, names: []string{"shop-chatbot"}, want: " chatbot C [name shop-chatbot]"},
		"by the name of a model server":       {container: corev1.Container{Image: "coding-model:local", Ports: port(80)}, want: " model-server C [name coding-model]"},
		"by the name of a product":            {container: corev1.Container{Image: "shop/open-webui-fork", Ports: port(80)}, want: "open-webui chatbot C [name open-webui-fork]"},
		"not a proxy named after a product":   {container: corev1.Container{Image: "nginx:1", Ports: port(80)}, names: []string{"dify-proxy"}},
		"not a proxy by other words":          {container: corev1.Container{Image: "nginx:1", Ports: port(80)}, names: []string{"chat-proxy"}},
		"not by a part of a word":             {container: corev1.Container{Image: "robots", Ports: port(80)}},
		"not by name without a port":          {container: corev1.Container{Image: "x"}, names: []string{"chatbot"}},
		"not a database beside a chatbot":     {container: corev1.Container{Image: "docker.io/library/postgres:16", Ports: port(5432)}, names: []string{"chatbot"}},
		"not by a port alone":                 {container: corev1.Container{Image: "x", Ports: port(8501)}},
		"not another program by its own name": {container: corev1.Container{Image: "corp/search", Ports: port(7700)}, names: []string{"librechat-search"}},
		"a fork by its own name":              {container: corev1.Container{Image: "corp/librechat-fork", Ports: port(3080)}, names: []string{"librechat-fork"}, want: "librechat chatbot C [name librechat-fork]"},
		"not by a key of another kind":        {container: corev1.Container{Image: "x", Env: []corev1.EnvVar{{Name: "LICENSE_KEY"}}, Ports: port(8000)}},
		"a server of graphs by its license":   {container: corev1.Container{Image: "x", Env: []corev1.EnvVar{{Name: "LANGGRAPH_CLOUD_LICENSE_KEY"}}, Ports: port(8000)}, want: "langgraph chatbot B [variable LANGGRAPH_CLOUD_LICENSE_KEY]"},
		"an agent that speaks A2A by a flag":  {container: corev1.Container{Image: "corp/adk-agents", Command: []string{"adk", "api_server", "--a2a"}}, want: "a2a-agent chatbot B [command --a2a]"},
		"an agent that does not":              {container: corev1.Container{Image: "corp/agents", Command: []string{"adk", "api_server"}}, want: "adk chatbot B [command adk]"},
		"an image that ends in the product":   {container: corev1.Container{Image: "corp/product-qa-langserve:2"}, want: "langserve chatbot B [image corp/product-qa-langserve]"},
		"no neighbor by the name, if the image is a product": {
			container: corev1.Container{Image: "rasa/rasa:3", Ports: port(5005)}, names: []string{"rasa-action-server"}, want: "rasa chatbot A [image rasa/rasa]",
		},
		"a model server by its module":               {container: corev1.Container{Image: "corp/engine", Command: []string{"python3", "-m", "sglang.launch_server"}}, want: "sglang model-server B [command sglang.launch_server]"},
		"a former name of a product":                 {container: corev1.Container{Image: "ghcr.io/ollama-webui/ollama-webui:main"}, want: "open-webui chatbot B [image ghcr.io/ollama-webui/ollama-webui]"},
		"a chatbot with its pages":                   {container: corev1.Container{Image: "lobehub/lobe-chat-database:1", Ports: port(3210)}, want: "lobe-chat chatbot B [image lobehub/lobe-chat-database]"},
		"less sure by an image that anyone can name": {container: corev1.Container{Image: "registry.example/team/chainlit:1"}, want: "chainlit chatbot B [image registry.example/team/chainlit]"},
		"an MCP server by image":                     {container: corev1.Container{Image: "corp/orders-mcp-server:1"}, want: "mcp-server tool-server B [image corp/orders-mcp-server]"},
		"an MCP server by command":                   {container: corev1.Container{Image: "python", Command: []string{"fastmcp", "run", "server.py"}}, want: "mcp-server tool-server B [command fastmcp]"},
		"an MCP server by a pattern":                 {container: corev1.Container{Image: "node", Args: []string{"/bin/mcp-server-fetch"}}, want: "mcp-server tool-server B [command mcp-server-fetch]"},
		"an MCP server by variable":                  {container: corev1.Container{Env: []corev1.EnvVar{{Name: "FASTMCP_PORT"}}}, want: "mcp-server tool-server B [variable FASTMCP_PORT]"},
		"an MCP server by its port":                  {container: corev1.Container{Image: "x", Ports: []corev1.ContainerPort{{Name: "mcp", ContainerPort: 1}}}, want: "mcp-server tool-server C [port name mcp]"},
		"an agent by its port, which calls a model": {
			container: corev1.Container{Env: []corev1.EnvVar{{Name: "GROQ_API_KEY"}}, Ports: []corev1.ContainerPort{{Name: "a2a", ContainerPort: 1}}},
			want:      "a2a-agent chatbot C [port name a2a]",
		},
		"not by the name of a second port": {
			container: corev1.Container{Env: []corev1.EnvVar{{Name: "GROQ_API_KEY"}}, Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 1}, {Name: "mcp", ContainerPort: 2}}},
			want:      " chatbot C [variable GROQ_API_KEY]",
		},
		"by a setting of a service without a key": {container: corev1.Container{Env: []corev1.EnvVar{{Name: "BEDROCK_MODEL_ID"}}}, want: " chatbot C [variable BEDROCK_MODEL_ID]"},
		"a bot by its signing secret":             {container: corev1.Container{Env: []corev1.EnvVar{{Name: "SLACK_SIGNING_SECRET"}}}, want: " chatbot C [variable SLACK_SIGNING_SECRET]"},
		"not a bot by a secret of any program":    {container: corev1.Container{Env: []corev1.EnvVar{{Name: "APP_SECRET"}}}},
		"a gateway by its own image":              {container: corev1.Container{Image: "ghcr.io/open-webui/pipelines:main", Ports: port(9099)}, names: []string{"open-webui-pipelines"}, want: "open-webui-pipelines gateway B [image ghcr.io/open-webui/pipelines]"},
	} {
		t.Run(name, func(t *testing.T) {
			match, _ := Recognize(&test.container, test.names...)
			got := ""
			if match.Role != "" {
				product := ""
				if match.Product != nil {
					product = match.Product.Name
				}
				got = strings.Join([]string{product, string(match.Role), string(match.Sure), "[" + strings.Join(match.Signs, " ") + "]"}, " ")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFindBot(t *testing.T) {
	secret := &corev1.SecretKeySelector{Key: "signing"}
	from := &corev1.EnvVarSource{SecretKeyRef: secret}
	for name, test := range map[string]struct {
		env  []corev1.EnvVar
		want string
	}{
		"Slack with its signing secret": {[]corev1.EnvVar{{Name: "SLACK_BOT_TOKEN"}, {Name: "SLACK_SIGNING_SECRET", ValueFrom: from}}, "slack SLACK_SIGNING_SECRET signing "},
		"Slack in socket mode":          {[]corev1.EnvVar{{Name: "SLACK_BOT_TOKEN"}, {Name: "SLACK_APP_TOKEN", ValueFrom: from}}, "slack   SLACK_APP_TOKEN"},
		"Twilio, whose token is both":   {[]corev1.EnvVar{{Name: "TWILIO_AUTH_TOKEN", ValueFrom: from}}, "twilio TWILIO_AUTH_TOKEN signing "},
		"a secret that is no reference": {[]corev1.EnvVar{{Name: "WHATSAPP_TOKEN"}, {Name: "APP_SECRET", Value: "x"}}, "whatsapp APP_SECRET  "},
		"WhatsApp by a setting":         {[]corev1.EnvVar{{Name: "PHONE_NUMBER_ID"}}, "whatsapp   "},
		"the Bot Framework":             {[]corev1.EnvVar{{Name: "MicrosoftAppId"}}, "bot-framework   "},
		"a secret without a bot":        {[]corev1.EnvVar{{Name: "APP_SECRET", ValueFrom: from}}, ""},
	} {
		bot, isBot := FindBot(test.env)
		got := ""
		if isBot {
			key := ""
			if bot.Secret != nil {
				key = bot.Secret.Key
			}
			got = strings.Join([]string{bot.Service.Name, bot.SecretVariable, key, bot.Socket}, " ")
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// Teams build the action server of Rasa themselves: its command or its name tells it.
func TestNeighborsByCommandAndName(t *testing.T) {
	for name, container := range map[string]corev1.Container{
		"by command": {Name: "a", Image: "corp/actions:52", Args: []string{"start", "--actions", "actions"}, Ports: []corev1.ContainerPort{{ContainerPort: 5055}}},
		"by name":    {Name: "rasa-action-server", Image: "corp/actions:52", Ports: []corev1.ContainerPort{{ContainerPort: 5055}}},
	} {
		neighbor, isNeighbor := FindNeighbor(&container)
		if match, isRecognized := Recognize(&container, "rasa-bot"); isRecognized || !isNeighbor || neighbor.Title != "Rasa's action server" {
			t.Errorf("%s: recognized as %v, neighbor %q", name, match, neighbor.Title)
		}
	}
}

// TestTelegramIsFound: a URL of Telegram in a variable is found like that of a model. No library reads a variable, so that none is missing.
func TestTelegramIsFound(t *testing.T) {
	env := []corev1.EnvVar{{Name: "TELEGRAM_BOT_TOKEN", Value: "1:a"}}
	if found := FindModelURLs(&corev1.Container{Env: env}); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	if found := FindCredentials(env); len(found) != 1 || found[0].Service.Shape != "telegram-bot" || found[0].Service.Default.URL != "https://api.telegram.org" {
		t.Errorf("found %+v", found)
	}
	env = append(env, corev1.EnvVar{Name: "TELEGRAM_API_ROOT", Value: "https://api.telegram.org"})
	if found := FindModelURLs(&corev1.Container{Env: env}); len(found) != 1 || found[0].Index != 1 || found[0].Service.Name != "telegram" {
		t.Errorf("found %+v", found)
	}
}

func TestFindProxied(t *testing.T) {
	for name, c := range map[string]struct {
		container corev1.Container
		names     []string
		want      string
	}{
		"by the name of the workload":  {corev1.Container{Image: "docker.io/library/nginx:1"}, []string{"rasa-front"}, "rasa"},
		"by the name of the container": {corev1.Container{Name: "dify", Image: "traefik:3"}, nil, "dify"},
		"before no known product":      {corev1.Container{Name: "nginx", Image: "nginx:1"}, []string{"shop"}, ""},
		"before a model server":        {corev1.Container{Image: "nginx:1"}, []string{"ollama-proxy"}, ""},
		"the product itself":           {corev1.Container{Image: "rasa/rasa:3.6"}, []string{"rasa"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if found := FindProxied(&c.container, c.names...); found != nil {
				got = found.Name
			}
			if got != c.want {
				t.Errorf("proxy before %q, want %q", got, c.want)
			}
		})
	}
}

// TestFindTextURLs: a URL counts wherever it is written, but not links, nor variables that FindModelURLs finds.
func TestFindTextURLs(t *testing.T) {
	for name, test := range map[string]struct {
		container corev1.Container
		want      []string
	}{
		"a variable":              {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "https://a.example/v1"}}}, []string{"env[A].value A https://a.example/v1"}},
		"several in JSON":         {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: `[{"u":"http://a:1/v1"},{"u":"wss://b"}]`}}}, []string{"env[A].value A http://a:1/v1", "env[A].value A wss://b"}},
		"a connection string":     {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "Endpoint=https://a.example/;Key=x"}}}, []string{"env[A].value A https://a.example/"}},
		"a flag":                  {corev1.Container{Args: []string{"--api-base=https://a.example"}}, []string{"args[0] --api-base https://a.example"}},
		"a flag and its value":    {corev1.Container{Args: []string{"serve", "--api-base", "https://a.example"}}, []string{"args[2] --api-base https://a.example"}},
		"a script":                {corev1.Container{Command: []string{"sh", "-c", "bot --at 'https://a.example/v1' &"}}, []string{"command[2] -c https://a.example/v1"}},
		"not a known variable":    {corev1.Container{Env: []corev1.EnvVar{{Name: "OPENAI_BASE_URL", Value: "https://a.example"}}}, nil},
		"not another scheme":      {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "redis://a.example"}}}, nil},
		"not a link by its name":  {corev1.Container{Env: []corev1.EnvVar{{Name: "Docs__Url", Value: "https://a.example"}, {Name: "ALERT_WEBHOOK", Value: "https://a.example"}}, Args: []string{"--docs-url=https://a.example"}}, nil},
		"not a link by its path":  {corev1.Container{Env: []corev1.EnvVar{{Name: "A", Value: "https://a.example/en/Docs/x"}}}, nil},
		"a name with a link's in": {corev1.Container{Env: []corev1.EnvVar{{Name: "SILICONFLOW", Value: "https://a.example"}}}, []string{"env[SILICONFLOW].value SILICONFLOW https://a.example"}},
	} {
		var got []string
		for _, u := range FindTextURLs(&test.container) {
			got = append(got, u.Field+" "+u.Name+" "+u.URL)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFindServiceAt(t *testing.T) {
	for text, want := range map[string]string{
		"https://api.openai.com/v1":                          "openai",
		"https://API.OpenAI.com:443":                         "openai",
		"wss://eu.api.openai.com/v1/realtime":                "openai",
		"https://shop.openai.azure.com/":                     "azure-openai",
		"https://bedrock-runtime.eu-central-1.amazonaws.com": "bedrock",
		"https://europe-west3-aiplatform.googleapis.com/v1":  "vertex",
		"https://openrouter.ai/api/v1":                       "openrouter",
		"https://openrouter.ai/apidocs":                      "",
		"https://platform.openai.com/docs":                   "",
		"https://storage.googleapis.com":                     "",
		"https://shop.example/?next=https://api.openai.com":  "",
		"https://api.openai.com.shop.example":                "",
		"api.openai.com":                                     "",
	} {
		if service, _ := FindServiceAt(text); service.Name != want {
			t.Errorf("%s: %q, want %q", text, service.Name, want)
		}
	}
}

// TestOwnURLs: a variable such as BASE_URL means a model only in the product that reads it so.
func TestOwnURLs(t *testing.T) {
	key := corev1.EnvVar{Name: "OPENAI_API_KEY", Value: "x"}
	for name, test := range map[string]struct {
		container corev1.Container
		want      []string
	}{
		"NextChat":                 {corev1.Container{Image: "yidadaa/chatgpt-next-web:v2", Env: []corev1.EnvVar{key, {Name: "BASE_URL", Value: "http://a/openai"}}}, []string{"openai BASE_URL http://a/openai"}},
		"NextChat with a key only": {corev1.Container{Image: "yidadaa/chatgpt-next-web", Env: []corev1.EnvVar{key}}, []string{"openai BASE_URL https://api.openai.com"}},
		"another program":          {corev1.Container{Image: "shop/app", Env: []corev1.EnvVar{{Name: "BASE_URL", Value: "http://a"}}}, nil},
		"JSON of chat-ui":          {corev1.Container{Image: "huggingface/chat-ui", Env: []corev1.EnvVar{{Name: "MODELS", Value: `[{"endpoints": [{"url": "http://tgi:8080"}]}]`}}}, []string{"openai MODELS http://tgi:8080"}},
		"JSON without a URL":       {corev1.Container{Image: "huggingface/chat-ui", Env: []corev1.EnvVar{{Name: "MODELS", Value: `[{"name": "a"}]`}}}, nil},
		"an empty variable":        {corev1.Container{Env: []corev1.EnvVar{key, {Name: "OPENAI_BASE_URL"}}}, []string{"openai OPENAI_BASE_URL https://api.openai.com/v1"}},
		"a variable that is off":   {corev1.Container{Env: []corev1.EnvVar{{Name: "LLM_URL", Value: "disabled"}}}, nil},
	} {
		var got []string
		for _, u := range FindModelURLs(&test.container) {
			for _, value := range append(u.SplitValue(), strings.Repeat(u.Called(), max(0, -u.Index))) {
				if value != "" {
					got = append(got, u.Service.Name+" "+u.Name+" "+value)
				}
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The variables of frameworks and vendors, with the service and the host that they mean.
func TestVariablesOfVendors(t *testing.T) {
	for variable, want := range map[string]string{
		"SPRING_AI_OPENAI_API_KEY": "api.openai.com", "OpenAI__ApiKey": "api.openai.com", "OPEN_AI_KEY": "api.openai.com",
		"QUARKUS_LANGCHAIN4J_OPENAI_API_KEY": "api.openai.com", "AI_GATEWAY_API_KEY": "ai-gateway.vercel.sh", "DEEPSEEK_API_KEY": "api.deepseek.com",
		"TOGETHER_AI_API_KEY": "api.together.xyz", "FIREWORKS_API_KEY": "api.fireworks.ai", "XAI_API_KEY": "api.x.ai",
		"PERPLEXITY_API_KEY": "api.perplexity.ai", "GOOGLE_GENERATIVE_AI_API_KEY": "generativelanguage.googleapis.com",
	} {
		found := FindCredentials([]corev1.EnvVar{{Name: variable}})
		if len(found) != 1 || Host(found[0].Service.Default.URL) != want {
			t.Errorf("%s: %+v, want %s", variable, found, want)
		}
	}
	for variable, want := range map[string]string{
		"SPRING_AI_AZURE_OPENAI_ENDPOINT": "azure-openai", "AzureOpenAI__Endpoint": "azure-openai", "VLLM_URL": "vllm", "OPENAI_REALTIME_URL": "openai-realtime",
		"QUARKUS_LANGCHAIN4J_OPENAI_BASE_URL": "quarkus-openai", "SPRING_AI_OPENAI_BASE_URL": "spring-ai-openai", "LLM_URL": "model",
		"LANGCHAIN4J_OPEN_AI_CHAT_MODEL_BASE_URL": "openai-by-file", "SPRING_AI_OLLAMA_BASE_URL": "ollama", "RAG_OPENAI_API_BASE_URL": "openai",
	} {
		found := FindModelURLs(&corev1.Container{Env: []corev1.EnvVar{{Name: variable, Value: "https://a.example"}}})
		if len(found) != 1 || found[0].Service.Name != want {
			t.Errorf("%s: %+v, want %s", variable, found, want)
		}
	}
}
