package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// limit bounds every wait: several times what the slowest takes on two busy cores.
const limit = 3 * time.Minute

// eventually tries until there is no error.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: still not after %s: %v", what, limit, err)
		case <-tick.C:
		}
	}
}

// try runs kubectl as the administrator and returns all that it printed. One that does not end by itself (attach, port-forward)
// is ended, and has then not been refused.
func (w *world) try(ctx context.Context, stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	kubectl := filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl")
	cmd := exec.CommandContext(ctx, kubectl, append([]string{"--kubeconfig", w.kubeconfig}, args...)...)
	cmd.Dir = w.root
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// kubectl runs a command that must work.
func (w *world) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.try(t.Context(), "", args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// refused runs a command that must be refused with these texts.
func (w *world) refused(t *testing.T, texts []string, args ...string) {
	t.Helper()
	const answerTime = 20 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), answerTime)
	defer cancel()
	out, err := w.try(ctx, "", args...)
	if err == nil || ctx.Err() != nil {
		t.Errorf("kubectl %s was admitted:\n%s", strings.Join(args, " "), out)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			t.Errorf("kubectl %s: %q is missing in\n%s", strings.Join(args, " "), text, out)
		}
	}
}

func (w *world) create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := w.Create(t.Context(), object); err != nil {
			t.Fatalf("create %T %s: %v", object, object.GetName(), err)
		}
	}
}

// namespace makes a namespace that lives as long as the test, at the strictest level of pod security: the sidecar must keep a
// restricted pod restricted.
func (w *world) namespace(t *testing.T, name string) {
	t.Helper()
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
		"pod-security.kubernetes.io/enforce": "restricted",
	}}}
	w.create(t, object)
	t.Cleanup(func() { _ = w.Delete(context.WithoutCancel(t.Context()), object) })
}

// chatbot declares a chatbot in a namespace of its own and waits until its configuration is there.
func (w *world) chatbot(t *testing.T, namespace string, changes ...func(*v1alpha1.ChatbotDeployment)) *v1alpha1.ChatbotDeployment {
	t.Helper()
	w.namespace(t, namespace)
	return w.declare(t, namespace, changes...)
}

// declare declares a chatbot in a namespace that exists and waits until its configuration is there.
func (w *world) declare(t *testing.T, namespace string, changes ...func(*v1alpha1.ChatbotDeployment)) *v1alpha1.ChatbotDeployment {
	t.Helper()
	declaration := builders.ChatbotDeployment(append(changes, func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace = namespace
		// Both can be seen from outside, so an answer tells whether it passed a sidecar that works.
		d.Spec.Disclosure = &v1alpha1.Disclosure{
			Statements: map[string]v1alpha1.Statement{"en": "You are chatting with an AI system of Shop GmbH. Ask for a human at any time."},
			Says:       []v1alpha1.StatementContent{"is-ai", "provider-identity", "human-available"},
			Placements: []v1alpha1.Placement{"first-message", "header"},
		}
		d.Spec.PersonalData.Redact = []v1alpha1.RedactCategory{"email"}
	})...)
	w.create(t, declaration)
	w.kubectl(t, "wait", "-n", namespace, "cbd/"+declaration.Name, "--for=condition=SidecarConfigured", "--timeout=120s")
	// The label makes the webhooks look at the namespace.
	eventually(t, "label of namespace "+namespace, func() error {
		var object corev1.Namespace
		if err := w.Get(t.Context(), client.ObjectKey{Name: namespace}, &object); err != nil {
			return err
		}
		if object.Labels[v1alpha1.LabelEnforce] != "true" {
			return fmt.Errorf("labels are %v", object.Labels)
		}
		return nil
	})
	return declaration
}

// bot is a Deployment of the sample chatbot as a careful team writes it: it ends in order, after Services have forgotten it.
func (w *world) bot(namespace string, replicas int32, changes ...func(*corev1.PodSpec)) *appsv1.Deployment {
	return builders.Deployment(func(d *appsv1.Deployment) {
		d.Namespace, d.Spec.Replicas = namespace, ptr.To(replicas)
		d.Spec.Template.Spec = w.restricted(d.Spec.Template.Spec)
		for _, change := range changes {
			change(&d.Spec.Template.Spec)
		}
	})
}

// restricted makes a pod of the builders run for real, at the strictest level of pod security.
func (w *world) restricted(spec corev1.PodSpec) corev1.PodSpec {
	spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](20000),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	spec.TerminationGracePeriodSeconds = ptr.To[int64](60)
	app := &spec.Containers[0]
	app.Image = w.images["samplebot"].Reference
	app.Args = []string{"--listen", ":8080"}
	app.SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	app.ReadinessProbe = &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromString(builders.ChatPort)}},
		PeriodSeconds: 1,
	}
	app.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 5}}}
	return spec
}

func service(namespace, name string, changes ...func(*corev1.ServiceSpec)) *corev1.Service {
	s := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": builders.AppLabel},
			Ports:    []corev1.ServicePort{{Name: builders.ChatPort, Port: 80, TargetPort: intstr.FromString(builders.ChatPort)}},
		},
	}
	for _, change := range changes {
		change(&s.Spec)
	}
	return s
}

// runs waits until all replicas of a Deployment are ready.
func (w *world) runs(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	out, err := w.try(t.Context(), "", "rollout", "status", "-n", d.Namespace, "deployment/"+d.Name, "--timeout=150s")
	if err != nil {
		pods, _ := w.try(t.Context(), "", "describe", "-n", d.Namespace, "deployments,replicasets,pods")
		t.Fatalf("%s\n%s", out, pods)
	}
}

// pods returns those of a Deployment of bot that are not about to end.
func (w *world) pods(t *testing.T, namespace string) []corev1.Pod {
	t.Helper()
	var list corev1.PodList
	if err := w.List(t.Context(), &list, client.InNamespace(namespace), client.MatchingLabels{"app": builders.AppLabel}); err != nil {
		t.Fatal(err)
	}
	var current []corev1.Pod
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil {
			current = append(current, pod)
		}
	}
	return current
}

// url is where a Service answers chats.
func (w *world) url(t *testing.T, s *corev1.Service) string {
	t.Helper()
	if err := w.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil {
		t.Fatal(err)
	}
	return "http://" + s.Spec.ClusterIP + chatPath
}

// visitors is the namespace of a pod that nothing governs, from which tests look at governed pods.
const visitors = "visitors"

func (w *world) startVisitor(t *testing.T) {
	t.Helper()
	w.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: visitors}})
	w.kubectl(t, "run", "visitor", "-n", visitors, "--image", w.images["samplebot"].Reference, "--", "--listen", ":8080")
	w.kubectl(t, "wait", "-n", visitors, "pod/visitor", "--for=condition=Ready", "--timeout=120s")
}

// visit gets a URL from the visitor's pod. An error means that nobody answered, or with a status other than 2xx.
func (w *world) visit(ctx context.Context, url string) (string, error) {
	return w.try(ctx, "", "exec", "-n", visitors, "visitor", "--", "/samplebot", "get", "--timeout", "3s", url)
}

// inNode runs a command inside the node.
func (w *world) inNode(t *testing.T, args ...string) string {
	t.Helper()
	all := append([]string{"shell", "--dir", w.bin("localcluster"), "--data", w.data, "--"}, args...)
	out, err := exec.CommandContext(t.Context(), w.bin("localcluster-run"), all...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
