package redteam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/test/builders"
)

// twinRows are ways that do the same as one that is closed.
func twinRows() []row {
	return slices.Concat(serviceRows(), settingTwinRows(), []row{
		{id: "K-05a", attack: "A subresource of a resource that is reviewed is reviewed nowhere.", try: everySubresource},
	})
}

// triesService writes a Service for the shop's chatbot as the namespace admin, without keeping it. It must be refused with the text.
func triesService(text string, change func(*corev1.ServiceSpec)) func(*testing.T, *world) error {
	return refuses(namespaceAdmin, post, services(shop)+dryRun, service(shop, "attack", change), text)
}

func serviceRows() []row {
	return []row{
		{id: "K-05b", attack: "A team reaches a governed pod by the proxy of a Service without a selector.", try: proxyOfSelectorless},
		{id: "K-05c", attack: "A Service leads to the app by its number.", alone: true,
			try: triesService("service.target_by_name", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromInt32(8080) })},
		{id: "K-05d", attack: "A Service leads to another name for the app's port.",
			try: triesService("service.no_open_port", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromString("other") })},
		{id: "K-05e", attack: "A pod gives the number of the governed port a second name.",
			try: tries("workload.governed_port_other_name", func(p *corev1.Pod) {
				ports := &p.Spec.Containers[0].Ports
				*ports = append(*ports, corev1.ContainerPort{Name: "other", ContainerPort: builders.ChatPortNumber})
			})},
		{id: "K-05f", attack: "A Service leads to the app by UDP.", try: udpService},
		{id: "K-05g", attack: "A headless Service leads to the app.",
			try: triesService("service.headless_port", func(s *corev1.ServiceSpec) { s.ClusterIP = corev1.ClusterIPNone; s.Ports[0].Port = 8080 })},
		{id: "K-05h", attack: "A Service leads to pods that are not ready.", try: notReadyService},
		{id: "K-05i", attack: "A Service takes over addresses outside of the cluster.",
			try: triesService("service.external_ips", func(s *corev1.ServiceSpec) { s.ExternalIPs = []string{"192.0.2.1"} })},
		{id: "K-05j", attack: "A Service leads to the app's port under its reserved name.",
			try: triesService("service.reserved_target", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromString("chaperone-0") })},
	}
}

func proxyOfSelectorless(t *testing.T, w *world) error {
	around := service(shop, "around", func(s *corev1.ServiceSpec) { s.Selector = nil; s.Ports[0].TargetPort = intstr.FromInt32(8080) })
	if a := w.call(t, namespaceAdmin, post, services(shop), around); !a.ok() {
		return nil
	}
	defer w.call(t, namespaceAdmin, remove, services(shop)+"/around", nil)
	if a := w.call(t, broad, post, "/apis/discovery.k8s.io/v1/namespaces/"+shop+"/endpointslices", foreignSlice); !a.ok() {
		return a.refusedWith("network.endpoint_around")
	}
	defer w.call(t, broad, remove, "/apis/discovery.k8s.io/v1/namespaces/"+shop+"/endpointslices/around", nil)
	a := w.call(t, broad, get, services(shop)+"/around:80/proxy/", nil)
	return a.refusedWith("connection.proxy_port")
}

// udpService checks that the NetworkPolicy opens no port of UDP: a Service of UDP leads to a closed port, whatever its target is.
func udpService(t *testing.T, w *world) error {
	policy := w.networkPolicyOf(t, shop)
	if len(policy.Spec.Ingress) == 0 {
		return errors.New("the NetworkPolicy has no rules, so this shows nothing")
	}
	for _, rule := range policy.Spec.Ingress {
		if len(rule.Ports) == 0 {
			return errors.New("a rule of the NetworkPolicy opens all ports")
		}
		for _, port := range rule.Ports {
			if port.Protocol != nil && *port.Protocol != corev1.ProtocolTCP {
				return fmt.Errorf("the NetworkPolicy opens %s", *port.Protocol)
			}
		}
	}
	return nil
}

// notReadyService checks that such a Service, which is admitted, leads to the port that the sidecar of each pod has.
func notReadyService(t *testing.T, w *world) error {
	a := w.call(t, namespaceAdmin, post, services(shop)+dryRun, service(shop, "attack", func(s *corev1.ServiceSpec) { s.PublishNotReadyAddresses = true }))
	if !a.ok() {
		return nil
	}
	var governed corev1.Pod
	w.must(t, namespaceAdmin, get, pods(shop)+"/bot", nil).decode(t, &governed)
	for _, c := range governed.Spec.Containers {
		for _, port := range c.Ports {
			if port.Name == builders.ChatPort {
				return errors.New("the app has the name of the port")
			}
		}
	}
	return nil
}

func settingTwinRows() []row {
	return []row{
		{id: "K-05k", attack: "A pod on the network of its node, which nobody governs, runs beside a governed pod, which is told and not refused.",
			try: hostNeighbour},
		{id: "K-05l", attack: "The address of a model comes by an argument instead of a variable.",
			try: warnsOrRefuses("workload.model_base_url", func(p *corev1.Pod) {
				p.Spec.Containers[0].Args = []string{"--base-url", "https://api.openai.com/v1"}
			})},
		{id: "K-05m", attack: "A Secret brings the token of a service account.", try: secretToken,
			open: "the manager has no right to read Secrets, and the name of one says nothing of its type; what the token may do is limited by the roles of its service account"},
		{id: "K-05n", attack: "A pod takes a second network interface, to which no NetworkPolicy applies (Multus).",
			try: tries("workload.further_network", func(p *corev1.Pod) {
				p.Annotations = map[string]string{"k8s.v1.cni.cncf.io/networks": "macvlan"}
			})},
		{id: "K-05o", attack: "A container of the app has the group of the sidecar: groups open files, and it can mount none of the sidecar's.",
			try: mountOfSidecar},
		{id: "K-05p", attack: "A container of the app has /proc without masks.",
			try: tries("workload.unmasked_proc", func(p *corev1.Pod) {
				p.Spec.HostUsers = ptr.To(false)
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{ProcMount: ptr.To(corev1.UnmaskedProcMount)}
			})},
		{id: "K-05q", attack: "A container of the app runs without seccomp, which is told and not refused.",
			try: warnsOrRefuses("workload.unconfined_seccomp", func(p *corev1.Pod) {
				p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}}
			})},
		{id: "K-05r", attack: "A probe or a hook of the app calls the administration of the sidecar.", elsewhere: "internal/sidecar: TestAdmin"},
		{id: "K-05s", attack: "A hook of the app has the kubelet call another address, which is told and not refused.",
			try: warnsOrRefuses("workload.probe_host", func(p *corev1.Pod) {
				p.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{
					HTTPGet: &corev1.HTTPGetAction{Host: "10.1.2.3", Port: intstr.FromInt32(8080), Path: "/"},
				}}
			})},
		{id: "K-05t", attack: "A tenant declares addresses of the machine as the desk of humans.", try: all(
			nearAddresses("spec.oversight.handoff.url", "oversight", `{"handoff":{"url":%q}}`, "http://169.254.169.254/latest",
				"http://127.0.0.1:8080/handoff", "http://[::1]:8080/handoff", "http://localhost:8080/handoff", "https://LOCALHOST", "http://user@[fe80::1]/"),
			admits(namespaceAdmin, merge, declarations(shop)+"/support"+dryRun,
				`{"spec":{"oversight":{"handoff":{"url":"https://localhost.shop.example/desk"}}}}`))},
		{id: "K-05u", attack: "A tenant declares the metadata service of a cloud as a processor.", try: nearAddresses("spec.processors[0].host",
			"processors", `[{"name":"metadata","host":%q,"country":"DE"}]`, "169.254.169.254", "169.254.169.254:80")},
		{id: "K-05x", attack: "A tenant opens the app's port under its reserved name (spec.openPorts).",
			try: refuses(namespaceAdmin, merge, declarations(shop)+"/support"+dryRun, `{"spec":{"openPorts":["chaperone-0"]}}`, "spec.openPorts")},
		{id: "K-05w", attack: "The pod names another address for the host of a declared processor that its app calls by HTTP (hostAliases), which is told and not refused; by HTTPS, the sidecar verifies the certificate.",
			try: all(warnsOrRefuses("workload.processor_address", elsewhere("http")), admitsQuietly("workload.processor_address", elsewhere("https")))},
		{id: "K-05y", attack: "The pod names a name server of the tenant, which gives another address for the host of a declared processor (dnsConfig). As for hostAliases (K-05w).",
			try: all(warnsOrRefuses("workload.processor_address", otherNameServer("http")), admitsQuietly("workload.processor_address", otherNameServer("https")))},
		{id: "K-05z", attack: "The pod has the host of a declared processor as its own name (hostnameOverride), or search domains of the tenant before that of the host. As for hostAliases (K-05w).",
			try: all(warnsOrRefuses("workload.processor_address", ownName("http")), admitsQuietly("workload.processor_address", ownName("https")),
				warnsOrRefuses("workload.processor_address", otherDomain("http")), admitsQuietly("workload.processor_address", otherDomain("https")))},
		{id: "K-05v", attack: "The address of a model comes from a ConfigMap by envFrom, which admission does not read: that is told and not refused.", try: all(modelByEnvFrom,
			admitsQuietly("workload.unread_variables", func(p *corev1.Pod) {
				p.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "keys"}}}}
				callModel(p, "https")
			}))},
	}
}

// warnsOrRefuses returns an attack that may be admitted, but not without a warning with the text.
func warnsOrRefuses(text string, change func(*corev1.Pod)) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack", change))
		if !strings.Contains(a.message()+fmt.Sprint(a.warnings), text) || a.ok() && len(a.warnings) == 0 {
			return fmt.Errorf("was admitted without %s: warnings %q", text, a.warnings)
		}
		return nil
	}
}

// admitsQuietly returns a lawful neighbor of warnsOrRefuses: a pod that is admitted without a warning with the text.
func admitsQuietly(text string, change func(*corev1.Pod)) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "lawful", change))
		if !a.ok() || strings.Contains(fmt.Sprint(a.warnings), text) {
			return fmt.Errorf("a lawful pod: %d: %s: warnings %q", a.code, a.message(), a.warnings)
		}
		return nil
	}
}

// callModel lets the app call the declared processor with the scheme.
func callModel(p *corev1.Pod, scheme string) {
	p.Spec.Containers[0].Env = append(p.Spec.Containers[0].Env, corev1.EnvVar{Name: "OPENAI_BASE_URL", Value: scheme + "://api.model.example/v1"})
}

func elsewhere(scheme string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.HostAliases = []corev1.HostAlias{{IP: "10.1.2.3", Hostnames: []string{"api.model.example"}}}
		callModel(p, scheme)
	}
}

func otherNameServer(scheme string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.DNSPolicy, p.Spec.DNSConfig = corev1.DNSNone, &corev1.PodDNSConfig{Nameservers: []string{"10.1.2.3"}}
		callModel(p, scheme)
	}
}

func ownName(scheme string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.HostnameOverride = ptr.To("api.model.example")
		callModel(p, scheme)
	}
}

func otherDomain(scheme string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.DNSConfig = &corev1.PodDNSConfig{Searches: []string{"tenant.example"}}
		callModel(p, scheme)
	}
}

func hostNeighbour(t *testing.T, w *world) error {
	return warnsOrRefuses("is on the network of its node", func(p *corev1.Pod) {
		p.Labels = nil
		p.Spec.HostNetwork = true
		p.Spec.Containers[0].Ports = nil
	})(t, w)
}

func secretToken(t *testing.T, w *world) error {
	secret := `
metadata: {name: token, annotations: {kubernetes.io/service-account.name: default}}
type: kubernetes.io/service-account-token`
	w.must(t, namespaceAdmin, post, "/api/v1/namespaces/"+shop+"/secrets", secret)
	defer w.call(t, namespaceAdmin, remove, "/api/v1/namespaces/"+shop+"/secrets/token", nil)
	return warnsOrRefuses("spec.volumes", func(p *corev1.Pod) {
		p.Spec.AutomountServiceAccountToken = ptr.To(false)
		p.Spec.Volumes = []corev1.Volume{{Name: "token", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "token"}}}}
	})(t, w)
}

// modelByEnvFrom states the address of a model outside in a ConfigMap, of which the pod takes all variables.
func modelByEnvFrom(t *testing.T, w *world) error {
	w.must(t, namespaceAdmin, post, configMaps(shop), "metadata: {name: model}\ndata: {OPENAI_BASE_URL: 'https://api.openai.com/v1'}")
	defer w.call(t, namespaceAdmin, remove, configMaps(shop)+"/model", nil)
	return warnsOrRefuses("workload.unread_variables", func(p *corev1.Pod) {
		p.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: "model"},
		}}}
	})(t, w)
}

// nearAddresses declares each of the addresses in a part of the spec, which must be refused with the path of the field.
func nearAddresses(path, field, format string, addresses ...string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		var errs []error
		for _, address := range addresses {
			patch := fmt.Sprintf(`{"spec":{%q:%s}}`, field, fmt.Sprintf(format, address))
			if err := w.call(t, namespaceAdmin, merge, declarations(shop)+"/support"+dryRun, patch).refusedWith(path, "link-local"); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", address, err))
			}
		}
		return errors.Join(errs...)
	}
}

// harmlessSubresources are those that no admission of Chaperone looks at, with the reason.
var harmlessSubresources = map[string]string{
	"pods/eviction":                 "ends a pod, as its deletion does",
	"pods/log":                      "is read only, so no admission sees it: who may read logs is a question of rights",
	"services/status":               "has only the addresses of a load balancer",
	"serviceaccounts/token":         "is a question of rights: sidecars have no token",
	"networkpolicies/status":        "has no field that a network plugin reads",
	"replicationcontrollers/scale":  "changes the number of pods, each of which is reviewed",
	"replicationcontrollers/status": "has counts only",
}

// everySubresource reads which resources the API server has, and which of them it sends to Chaperone or to a policy of Chaperone.
func everySubresource(t *testing.T, w *world) error {
	covered := w.coveredResources(t)
	var errs []error
	for _, path := range []string{"/api/v1", ownAPI, "/apis/networking.k8s.io/v1", "/apis/discovery.k8s.io/v1"} {
		var list metav1.APIResourceList
		w.must(t, administrator, get, path, nil).decode(t, &list)
		for _, name := range listUncovered(path, list, covered) {
			errs = append(errs, fmt.Errorf("%s of %s is registered nowhere", name, path))
		}
	}
	return errors.Join(errs...)
}

const ownAPI = "/apis/chaperone.dev/v1alpha1"

// listUncovered returns the subresources of what Chaperone reviews that neither a rule covers nor harmlessSubresources names.
func listUncovered(path string, list metav1.APIResourceList, covered map[string]bool) []string {
	reviewed := []string{"pods", "services", "namespaces", "serviceaccounts", "networkpolicies", "replicationcontrollers"}
	var uncovered []string
	for _, resource := range list.APIResources {
		name, subresource, isSubresource := strings.Cut(resource.Name, "/")
		if !isSubresource || path != ownAPI && !slices.Contains(reviewed, name) {
			continue
		}
		if harmlessSubresources[resource.Name] == "" && !covered[resource.Name] && !covered["*/"+subresource] {
			uncovered = append(uncovered, resource.Name)
		}
	}
	return uncovered
}

// TestSubresourceThatIsLeftOut needs no cluster: a new subresource is found, wherever it is, and so is one whose rule is gone.
func TestSubresourceThatIsLeftOut(t *testing.T) {
	list := metav1.APIResourceList{APIResources: []metav1.APIResource{
		{Name: "pods"}, {Name: "pods/exec"}, {Name: "pods/teleport"}, {Name: "pods/log"}, {Name: "secrets/teleport"}, {Name: "chatbotdeployments/status"},
	}}
	if got, want := listUncovered("/api/v1", list, map[string]bool{"pods/exec": true}), []string{"pods/teleport"}; !slices.Equal(got, want) {
		t.Errorf("with the rule: %q, want %q", got, want)
	}
	if got, want := listUncovered("/api/v1", list, nil), []string{"pods/exec", "pods/teleport"}; !slices.Equal(got, want) {
		t.Errorf("without it: %q, want %q", got, want)
	}
	if got := listUncovered(ownAPI, list, map[string]bool{"*/status": true}); slices.Contains(got, "chatbotdeployments/status") || !slices.Contains(got, "secrets/teleport") {
		t.Errorf("of our own: %q", got)
	}
}

// coveredResources returns the resources of all rules of Chaperone's webhooks that validate, and of the admission baseline.
func (w *world) coveredResources(t *testing.T) map[string]bool {
	t.Helper()
	covered := map[string]bool{}
	var webhooks admissionv1.ValidatingWebhookConfiguration
	w.must(t, administrator, get, admissionPath+"validatingwebhookconfigurations/chaperone-validating", nil).decode(t, &webhooks)
	for _, hook := range webhooks.Webhooks {
		for _, rule := range hook.Rules {
			for _, resource := range rule.Resources {
				covered[resource] = true
			}
		}
	}
	var policies admissionv1.ValidatingAdmissionPolicyList
	w.must(t, administrator, get, admissionPath+"validatingadmissionpolicies", nil).decode(t, &policies)
	for _, policy := range policies.Items {
		if !strings.HasPrefix(policy.Name, "chaperone-floor-") {
			continue
		}
		for _, rule := range policy.Spec.MatchConstraints.ResourceRules {
			for _, resource := range rule.Resources {
				covered[resource] = true
			}
		}
	}
	return covered
}
