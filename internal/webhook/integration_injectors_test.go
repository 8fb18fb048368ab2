package webhook_test

import (
	"context"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const (
	// pathInjector serves injectOthers. Only pods with the label labelInjector reach it; its value is a variable for every container.
	pathInjector  = "/other-injector"
	labelInjector = "other-injector"
)

// injectOthers does to a pod what other injectors of a cluster do: variables and a token for every container, images that are always
// pulled, and a native sidecar in front of the others.
func injectOthers(_ context.Context, req admission.Request) admission.Response {
	pod := &corev1.Pod{}
	if err := json.Unmarshal(req.Object.Raw, pod); err != nil {
		return admission.Errored(400, err)
	}
	const token = "aws-iam-token"
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			c := &containers[i]
			c.ImagePullPolicy = corev1.PullAlways
			c.Env = append(c.Env, corev1.EnvVar{Name: "AWS_REGION", Value: "eu-central-1"}, corev1.EnvVar{Name: pod.Labels[labelInjector], Value: "x"})
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{
				Name: token, MountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount", ReadOnly: true,
			})
		}
	}
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: token, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: "sts.amazonaws.com", Path: "token"},
		}}},
	}})
	mesh := *pod.Spec.Containers[0].DeepCopy()
	mesh.Name, mesh.Ports, mesh.RestartPolicy = "mesh", nil, ptr.To(corev1.ContainerRestartPolicyAlways)
	pod.Spec.InitContainers = append([]corev1.Container{mesh}, pod.Spec.InitContainers...)
	changed, err := json.Marshal(pod)
	if err != nil {
		return admission.Errored(500, err)
	}
	return admission.PatchResponseFromRaw(req.Object.Raw, changed)
}

// registerInjector makes the API server call injectOthers after the webhooks of Chaperone.
func registerInjector(t *testing.T, c client.Client, webhooks envtest.WebhookInstallOptions) {
	t.Helper()
	url := "https://" + net.JoinHostPort(webhooks.LocalServingHost, strconv.Itoa(webhooks.LocalServingPort)) + pathInjector
	configuration := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "zz-other-injector"},
		Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name:         "inject.other.example",
			ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &url, CABundle: webhooks.LocalServingCAData},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
			ObjectSelector:          &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: labelInjector, Operator: metav1.LabelSelectorOpExists}}},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}
	if err := c.Create(t.Context(), configuration); err != nil {
		t.Fatal(err)
	}
}

// injectors shows that a governed pod passes in a cluster with a LimitRange and other injectors, and that it does not pass with a variable
// that changes what the sidecar does.
func injectors(t *testing.T, c client.Client, webhooks envtest.WebhookInstallOptions) {
	registerInjector(t, c, webhooks)
	limits := &corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: "limits", Namespace: "shop"}, Spec: corev1.LimitRangeSpec{
		Limits: []corev1.LimitRangeItem{{
			Type:    corev1.LimitTypeContainer,
			Default: corev1.ResourceList{corev1.ResourceEphemeralStorage: resource.MustParse("1Gi")},
		}},
	}}
	if err := c.Create(t.Context(), limits); err != nil {
		t.Fatal(err)
	}
	pod := fresh(t)
	pod.Labels[labelInjector] = "OTEL_SERVICE_NAME"
	if err := c.Create(t.Context(), pod); err != nil {
		t.Fatalf("refused: %v", err)
	}
	sidecar := pod.Spec.InitContainers[0]
	_, hasStorage := sidecar.Resources.Limits[corev1.ResourceEphemeralStorage]
	hasVariable := slices.ContainsFunc(sidecar.Env, func(v corev1.EnvVar) bool { return v.Name == "OTEL_SERVICE_NAME" })
	if sidecar.Name != "chaperone" || sidecar.ImagePullPolicy != corev1.PullAlways || !hasVariable || !hasStorage {
		t.Errorf("the first init container is %+v, want the sidecar with what others added", sidecar)
	}
	hostile := fresh(t)
	hostile.Labels[labelInjector] = "LD_PRELOAD"
	wantRefusal(t, c.Create(t.Context(), hostile), "validate.chaperone.dev", "workload.sidecar_unchanged", "spec.initContainers[1].env[LD_PRELOAD]")
	if err := c.Delete(t.Context(), limits); err != nil {
		t.Fatal(err)
	}
}
