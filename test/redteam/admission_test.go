package redteam

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// admissionRows are the cases A: ways past admission.
func admissionRows() []row {
	return slices.Concat(podRows(), connectionRows(), namespaceRows(), webhookRows(), objectRows(), settingRows())
}

// sidecarUser is the user and the group of the sidecar.
const sidecarUser int64 = 10742

// withLabel makes a pod claim the chatbot.
func withLabel(p *corev1.Pod) { p.Labels[v1alpha1.LabelChatbot] = builders.Name }

// tries creates a pod of the shop's chatbot as the namespace admin, without keeping it. It must be refused with the texts.
func tries(text string, change func(*corev1.Pod)) func(*testing.T, *world) error {
	return refuses(namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", change), text)
}

func podRows() []row {
	return []row{
		{id: "A-01", attack: "A namespace admin creates a pod of the chatbot without its sidecar.", alone: true, try: podWithoutSidecar},
		{id: "A-02", attack: "A namespace admin creates a pod with a container of their own under the name of the sidecar.",
			try: tries("workload.sidecar_unchanged", func(p *corev1.Pod) {
				withLabel(p)
				p.Spec.InitContainers = []corev1.Container{{
					Name: "chaperone", Image: builders.Image, RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways),
				}}
			})},
		{id: "A-04", attack: "A namespace admin configures the sidecar by an annotation of the pod.",
			try: tries("workload.unknown_annotation", func(p *corev1.Pod) {
				p.Annotations = map[string]string{"chaperone.dev/exclude-ports": "8080"}
			})},
		{id: "A-11a", attack: "A namespace admin puts a pod of the chatbot on the network of the node.", alone: true,
			try: tries("workload.host_network", func(p *corev1.Pod) { withLabel(p); p.Spec.HostNetwork = true })},
		{id: "A-11b", attack: "A namespace admin opens a port of the node that leads to the app.", alone: true,
			try: tries("workload.host_port", func(p *corev1.Pod) { withLabel(p); p.Spec.Containers[0].Ports[0].HostPort = 8080 })},
		{id: "A-23", attack: "A namespace admin claims that a pod is the mirror of a static pod.", try: func(t *testing.T, w *world) error {
			a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", func(p *corev1.Pod) {
				p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
			}))
			if !a.ok() {
				return nil
			}
			return injected(t, a)
		}},
		{id: "A-43a", attack: "A namespace admin runs the app as the user of the sidecar.",
			try: tries("workload.run_as_sidecar_user", func(p *corev1.Pod) {
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To(sidecarUser)}
			})},
		{id: "A-43b", attack: "A namespace admin lets the containers share their processes.",
			try: tries("workload.share_process_namespace", func(p *corev1.Pod) { p.Spec.ShareProcessNamespace = ptr.To(true) })},
		{id: "A-43c", attack: "A namespace admin adds the capabilities NET_ADMIN and SYS_PTRACE.",
			try: tries("workload.bypassing_capabilities", func(p *corev1.Pod) {
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{
					Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN", "SYS_PTRACE"}},
				}
			})},
		{id: "A-43d", attack: "A namespace admin runs the app privileged.",
			try: tries("workload.privileged", func(p *corev1.Pod) {
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
			})},
		{id: "A-44a", attack: "A namespace admin mounts a volume of the sidecar in the app.", try: mountOfSidecar},
		{id: "A-44b", attack: "A namespace admin mounts the folder of the kubelet in the app.",
			try: tries("workload.node_path", func(p *corev1.Pod) {
				p.Spec.Volumes = []corev1.Volume{{Name: "kubelet", VolumeSource: corev1.VolumeSource{
					HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/kubelet"},
				}}}
				p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "kubelet", MountPath: "/kubelet"}}
			})},
		{id: "A-16", attack: "A controller of another vendor creates a pod of the chatbot.", try: func(t *testing.T, w *world) error {
			return injected(t, w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", func(p *corev1.Pod) {
				p.OwnerReferences = []metav1.OwnerReference{{
					APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "bot", UID: "x", Controller: ptr.To(true),
				}}
			})))
		}},
		{id: "A-34", attack: "A namespace admin changes the image of the sidecar in a pod that is about to end.", try: terminatingPod},
	}
}

func podWithoutSidecar(t *testing.T, w *world) error {
	a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", withLabel))
	if w.down {
		return a.refusedWith("must begin with the sidecar")
	}
	return injected(t, a)
}

// mountOfSidecar mounts each volume that the sidecar of a governed pod mounts in the app's container.
func mountOfSidecar(t *testing.T, w *world) error {
	var governed corev1.Pod
	w.must(t, namespaceAdmin, get, pods(shop)+"/bot", nil).decode(t, &governed)
	mounts := governed.Spec.InitContainers[0].VolumeMounts
	if len(mounts) == 0 {
		return errors.New("the sidecar has no volumes, so this shows nothing")
	}
	for _, m := range mounts {
		a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", func(p *corev1.Pod) {
			p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: m.Name, MountPath: "/stolen"}}
		}))
		if err := a.refusedWith(); err != nil {
			return fmt.Errorf("volume %s: %w", m.Name, err)
		}
	}
	return nil
}

// terminatingPod keeps a pod at its end by a finalizer and changes it.
func terminatingPod(t *testing.T, w *world) error {
	w.must(t, namespaceAdmin, post, pods(shop), pod(shop, "ending", func(p *corev1.Pod) { p.Finalizers = []string{"redteam.example/wait"} }))
	w.must(t, namespaceAdmin, remove, pods(shop)+"/ending", nil)
	defer w.call(t, namespaceAdmin, merge, pods(shop)+"/ending", `{"metadata":{"finalizers":null}}`)
	patch := `[{"op": "replace", "path": "/spec/initContainers/0/image", "value": "` + builders.Image + `"}]`
	return w.call(t, namespaceAdmin, jsonPatch, pods(shop)+"/ending", patch).refusedWith("workload.sidecar_unchanged")
}

func connectionRows() []row {
	bot := pods(shop) + "/bot"
	debug := `{"spec":{"ephemeralContainers":[{"name":"debugger","image":"` + builders.Image + `","targetContainerName":"bot"}]}}`
	binding := `
apiVersion: v1
kind: Binding
metadata: {name: bot, labels: {chaperone.dev/chatbot: other}}
target: {kind: Node, name: node}`
	return []row{
		{id: "A-05", attack: "A team with all rights on pods adds a container to a running pod (kubectl debug).", alone: true,
			try: refuses(broad, strategic, bot+"/ephemeralcontainers"+dryRun, debug, "workload.ephemeral_container")},
		{id: "A-07a", attack: "An editor runs a command in the app.", alone: true,
			try: refuses(editor, post, bot+"/exec?container=bot&command=id&stdout=true", nil, "connection.app_closed")},
		{id: "A-07c", attack: "The same by a WebSocket, whose request is a GET.", alone: true,
			try: refuses(editor, get, bot+"/exec?container=bot&command=id&stdout=true", nil, "connection.app_closed")},
		{id: "A-07b", attack: "Who is on call runs a command in the sidecar.", alone: true,
			try: refuses(onCall, post, bot+"/exec?container=chaperone&command=id&stdout=true", nil, "connection.sidecar_closed")},
		{id: "A-08", attack: "An editor attaches to the app; a copy of files is a command (A-07a).", alone: true,
			try: refuses(editor, post, bot+"/attach?container=bot&stdout=true", nil, "connection.app_closed")},
		{id: "A-10", attack: "A team with all rights on pods takes the label off by the subresource status.", alone: true,
			try: refuses(broad, merge, bot+"/status"+dryRun, `{"metadata":{"labels":{"chaperone.dev/chatbot":null}}}`, "chaperone floor")},
		{id: "A-13a", attack: "An editor reaches the app's port through the API server (pods/proxy).", alone: true,
			try: all(refuses(editor, get, pods(shop)+"/bot:8080/proxy/", nil, "connection.proxy_port"),
				refuses(editor, get, pods(shop)+"/http:bot:8080/proxy/chat", nil, "connection.proxy_port"),
				refuses(editor, post, pods(shop)+"/bot%3A8080/proxy/chat", nil, "connection.proxy_port"),
				refuses(editor, get, pods(shop)+"/bot/proxy/", nil, "connection.proxy_port"))},
		{id: "A-13b", attack: "A team with all rights on Services reaches the app's port through the API server (services/proxy).", alone: true,
			try: refuses(broad, get, services(shop)+"/bot:8080/proxy/", nil, "connection.proxy_port")},
		{id: "A-13c", attack: "An editor forwards a port to the app.", alone: true,
			try: refuses(editor, post, bot+"/portforward?ports=8080", nil, "connection.port_forward")},
		{id: "A-14", attack: "A monitoring agent runs commands through the kubelet (nodes/proxy).", try: nodeProxyOfOurRoles},
		{id: "A-40", attack: "A team with all rights on pods changes marks by a binding.", alone: true,
			try: all(refuses(broad, post, bot+"/binding"+dryRun, binding, "chaperone floor"),
				refuses(broad, post, "/api/v1/namespaces/"+shop+"/bindings"+dryRun, binding, "chaperone floor"))},
	}
}

// nodeProxyOfOurRoles looks at every role that Chaperone installs. What others have is outside of admission.
func nodeProxyOfOurRoles(t *testing.T, w *world) error {
	for name, rules := range w.ourRoles(t) {
		if strings.Contains(rules, "nodes") {
			return fmt.Errorf("role %s names nodes: %s", name, rules)
		}
	}
	return nil
}

func namespaceRows() []row {
	patch := `{"metadata":{"labels":{"chaperone.dev/enforce":null}}}`
	path := "/api/v1/namespaces/" + shop
	return []row{
		{id: "A-19a", attack: "A team that may write its namespace takes the enforcement away.", alone: true,
			try: refuses(broad, merge, path+dryRun, patch, "chaperone floor")},
		{id: "A-19b", attack: "The same by the subresource status.", alone: true,
			try: refuses(broad, merge, path+"/status"+dryRun, patch, "chaperone floor")},
		{id: "A-19c", attack: "The same by the subresource finalize.", alone: true, try: finalizeNamespace},
		{id: "A-19d", attack: "The same by a label that other operators know (ignore).", try: func(t *testing.T, w *world) error {
			w.must(t, broad, merge, path, `{"metadata":{"labels":{"chaperone.dev/ignore":"1"}}}`)
			defer w.must(t, broad, merge, path, `{"metadata":{"labels":{"chaperone.dev/ignore":null}}}`)
			return injected(t, w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack")))
		}},
		{id: "A-20", attack: "A tenant creates a namespace, the declaration and a pod in the same second.", try: firstPodRace},
		{id: "A-17", attack: "A tenant runs a chatbot that nobody has declared, in a namespace whose administrator admits only declared ones.", alone: true, try: undeclaredChatbot},
		{id: "A-17b", attack: "The same, inside a pod of which the administrator has listed the image: by another image, and by an ephemeral container.",
			alone: true, try: undeclaredInside},
		{id: "A-17c", attack: "The same, by the right to edit the namespace: without its label, and with a longer list.", alone: true, try: undeclaredByNamespace},
		{id: "A-17e", attack: "The same, with the chatbot in the files of an image that a volume brings, and a listed image that runs them.", alone: true, try: undeclaredVolume},
		{id: "A-17g", attack: "The same by an inline volume of a CSI driver, which mounts an image.", alone: true, try: undeclaredDriver},
		{id: "A-17d", attack: "The same, with the label of a chatbot that does not exist and a container that looks like the sidecar.", try: undeclaredClaim},
		{id: "A-17f", attack: "A label with another value than \"true\" makes an administrator believe that only declared chatbots are admitted.", alone: true, try: undeclaredByTypo},
		{id: "A-22", attack: "A tenant turns the Service of a chatbot into a name outside of the cluster, at once, or after another chatbot is declared for it.", try: externalName},
	}
}

func finalizeNamespace(t *testing.T, w *world) error {
	var object map[string]any
	w.must(t, administrator, get, "/api/v1/namespaces/"+shop, nil).decode(t, &object)
	delete(object["metadata"].(map[string]any)["labels"].(map[string]any), v1alpha1.LabelEnforce)
	a := w.call(t, broad, put, "/api/v1/namespaces/"+shop+"/finalize"+dryRun, object)
	return a.refusedWith("chaperone floor")
}

// firstPodRace tries several times, because the window is short. An API server that has not seen the declaration yet takes the pod for one that was
// there before: the status names it.
func firstPodRace(t *testing.T, w *world) error {
	for i := range 10 {
		namespace := fmt.Sprintf("race-%d", i)
		w.namespace(t, namespace)
		declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespace })
		w.must(t, administrator, post, declarations(namespace), declaration)
		a := w.call(t, administrator, post, pods(namespace), pod(namespace, "first"))
		if err := injected(t, a); a.ok() && err != nil {
			if err := within(limit, func() error { return w.isTold(t, namespace) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func webhookRows() []row {
	return []row{
		{id: "A-25", attack: "Pods are created while no manager runs, governed ones and others.", alone: true, try: podsInAnOutage},
		{id: "A-26", attack: "A decision takes longer than API servers wait.", elsewhere: "internal/webhook: TestEveryRequestHasADeadline"},
		{id: "A-28", attack: "Somebody in the cluster sends an AdmissionReview of 8 MiB to the webhook.", try: hugeReview},
		{id: "A-29", attack: "A tenant writes deeply nested JSON into a field without a schema.", try: deepJSON},
		{id: "A-31", attack: "A tenant asks for decisions by dry runs only, which leave no trace.", try: dryRuns},
		{id: "A-32", attack: "The webhook of another vendor takes the sidecar out after injection.",
			elsewhere: "internal/webhook: TestAgainstAPIServer"},
	}
}

// podsInAnOutage creates what a namespace without chatbots creates all the time, and pods of a chatbot.
func podsInAnOutage(t *testing.T, w *world) error {
	var errs []error
	for i := range 5 {
		name := fmt.Sprintf("outage-%d", i)
		a := w.call(t, administrator, post, pods("default")+dryRun, pod("default", name))
		if !a.ok() {
			errs = append(errs, fmt.Errorf("a pod outside was refused: %s", a.message()))
		}
	}
	for i := range 3 {
		a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, fmt.Sprintf("outage-%d", i)))
		if err := injected(t, a); a.ok() && err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// webhookURL returns the address of the first webhook, with its path.
func (w *world) webhookURL(t *testing.T) string {
	t.Helper()
	var configuration struct {
		Webhooks []struct{ ClientConfig struct{ URL string } }
	}
	path := "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/chaperone-mutating"
	w.must(t, administrator, get, path, nil).decode(t, &configuration)
	return configuration.Webhooks[0].ClientConfig.URL
}

// newUntrustedClient returns a client without credentials, which does not know the authority of the webhook.
func newUntrustedClient() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

// hugeReview calls the webhook without credentials, as any pod that reaches its port can.
func hugeReview(t *testing.T, w *world) error {
	client := newUntrustedClient()
	defer client.CloseIdleConnections()
	body := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","object":"` + strings.Repeat("x", 8<<20) + `"}}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.webhookURL(t), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return w.stillDecides(t) // The manager has closed the connection before it read everything.
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"allowed":true`) {
		return fmt.Errorf("was admitted: %d: %s", response.StatusCode, text)
	}
	return w.stillDecides(t)
}

// stillDecides returns an error unless the manager injects pods as before.
func (w *world) stillDecides(t *testing.T) error {
	t.Helper()
	return injected(t, w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack")))
}

// deepJSON nests deeper than any shape can need.
func deepJSON(t *testing.T, w *world) error {
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	shape := `{"apiVersion":"chaperone.dev/v1alpha1","kind":"ChatShape","metadata":{"name":"deep"},"spec":{"revision":1,"routes":` + deep + `}}`
	if err := w.call(t, governor, post, "/apis/chaperone.dev/v1alpha1/chatshapes"+dryRun, shape).refusedWith(); err != nil {
		return err
	}
	return w.stillDecides(t)
}

// dryRuns compares what a dry run decides with what a write does, and looks for traces.
func dryRuns(t *testing.T, w *world) error {
	var before, after struct {
		Metadata struct{ ResourceVersion string }
	}
	declaration := declarations(shop) + "/support"
	w.must(t, namespaceAdmin, get, declaration, nil).decode(t, &before)
	for range 20 {
		if err := tries("workload.host_network", func(p *corev1.Pod) { p.Spec.HostNetwork = true })(t, w); err != nil {
			return err
		}
	}
	w.must(t, namespaceAdmin, get, declaration, nil).decode(t, &after)
	if before != after {
		return errors.New("dry runs have changed the declaration")
	}
	var events struct {
		Items []struct{ Note string }
	}
	w.must(t, administrator, get, "/apis/events.k8s.io/v1/namespaces/"+shop+"/events", nil).decode(t, &events)
	for _, e := range events.Items {
		if strings.Contains(e.Note, "host_network") {
			return fmt.Errorf("a dry run left an event: %s", e.Note)
		}
	}
	return nil
}
