package webhook_test

import (
	"net/http"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// version returns a pod of a version of the shop that listens on a port with the name.
func version(name, portName string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: uid(name), Labels: map[string]string{"shop": "all", "version": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "bot", Ports: []corev1.ContainerPort{{Name: portName, ContainerPort: 8080}}}}},
	}
}

// ofAllVersions is a Service that selects a governed pod and those of all versions.
func ofAllVersions() *corev1.Service { return service(selects("shop", "all")) }

// governedVersion is what the cache holds of a governed pod behind that Service.
func governedVersion() metav1.PartialObjectMetadata {
	return metadata("v7", map[string]string{"shop": "all", "app": "support-bot", v1alpha1.LabelChatbot: "support"})
}

// A Service that also leads to pods of no declaration is refused, if these pods have the port to which it leads.
func TestServiceOfUngovernedPods(t *testing.T) {
	e := newEngine(t)
	for name, tc := range map[string]struct {
		specs []corev1.Pod
		code  int32
	}{
		"a version without a declaration": {[]corev1.Pod{version("v8", "http")}, http.StatusForbidden},
		"a worker":                        {[]corev1.Pod{version("v8", "metrics")}, http.StatusOK},
		"a pod that is gone":              {nil, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e, compliant(t))
			v8 := version("v8", "")
			s.stored.pods = []metav1.PartialObjectMetadata{governedVersion(), {ObjectMeta: v8.ObjectMeta}}
			s.live.specs = tc.specs
			response := s.ask(t, "/validate-services", creation(t, ofAllVersions()))
			if response.Result.Code != tc.code {
				t.Errorf("code %d, want %d: %s", response.Result.Code, tc.code, response.Result.Message)
			}
			if isNamed := strings.Contains(response.Result.Message, "pods of Pod v8"); isNamed != (tc.code != http.StatusOK) {
				t.Errorf("message: %s", response.Result.Message)
			}
		})
	}
}

// Who applies another version without a declaration learns at once that people reach it, and is not refused: the Service is at fault.
func TestUngovernedWorkloadBehindAService(t *testing.T) {
	const want = "Service bot: spec.selector is {shop: all}; Chaperone requires governed pods only (service.ungoverned_pods). " +
		"The selector also matches pods of Deployment shop-v8, which no ChatbotDeployment governs."
	e := newEngine(t)
	warning, auditing := compliant(t), compliant(t)
	warning.Spec.Enforcement, auditing.Spec.Enforcement = v1alpha1.EnforcementWarn, v1alpha1.EnforcementAudit
	for name, tc := range map[string]struct {
		stored   *v1alpha1.ChatbotDeployment
		service  *corev1.Service
		portName string
		isWarned bool
	}{
		"a version behind the Service":             {compliant(t), ofAllVersions(), "http", true},
		"under Warn":                               {warning, ofAllVersions(), "http", true},
		"under Audit, which changes nothing":       {auditing, ofAllVersions(), "http", false},
		"without the port":                         {compliant(t), ofAllVersions(), "metrics", false},
		"behind a Service of other pods":           {compliant(t), service(selects("app", "other")), "http", false},
		"behind a Service that leads to no others": {compliant(t), service(selects("version", "v8")), "http", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e, tc.stored)
			s.stored.pods, s.stored.services = []metav1.PartialObjectMetadata{governedVersion()}, []corev1.Service{*tc.service}
			pod := version("v8", tc.portName)
			deployment := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "shop-v8"},
				Spec:       appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec}},
			}
			request := creation(t, deployment)
			request.Kind = metav1.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
			for path, asked := range map[string]admissionv1.AdmissionRequest{"/validate-workloads": request, "/validate-pods": creation(t, &pod)} {
				response := s.ask(t, path, asked)
				if !response.Allowed || tc.isWarned != (len(response.Warnings) > 0) {
					t.Errorf("%s: allowed %t, warnings %q", path, response.Allowed, response.Warnings)
				}
				if path == "/validate-workloads" && tc.isWarned && !strings.HasPrefix(response.Warnings[0], want) {
					t.Errorf("warnings %q, want one that begins with %q", response.Warnings, want)
				}
			}
		})
	}
}

// A pod that nobody governs is told what it can do on the network of its node, and is admitted.
func TestUngovernedPodOnTheNetworkOfItsNode(t *testing.T) {
	s := serve(t, newEngine(t), compliant(t))
	for _, hostNetwork := range []bool{true, false} {
		pod := version("v8", "http")
		pod.Labels = map[string]string{"app": "collector"}
		pod.Spec.HostNetwork = hostNetwork
		response := s.ask(t, "/validate-pods", creation(t, &pod))
		if warned := strings.Contains(strings.Join(response.Warnings, " "), "is on the network of its node"); !response.Allowed || warned != hostNetwork {
			t.Errorf("hostNetwork %t: allowed %t, warnings %q", hostNetwork, response.Allowed, response.Warnings)
		}
	}
}
