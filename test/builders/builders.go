// Package builders makes valid and compliant objects for tests. A test changes only the fields that it is about.
package builders

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Names and labels of the objects. With them, the ChatbotDeployment selects the Pod and the pods of the Deployment.
const (
	Namespace = "shop"
	Name      = "support"
	AppLabel  = "support-bot"
	// Image is a valid image reference. The image does not exist.
	Image = "chaperone/samplebot@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	// ChatPort is the name of the declared port, and ChatPortNumber is the number on which the app listens for it.
	ChatPort             = "http"
	ChatPortNumber int32 = 8080
)

// ChatbotDeployment returns the declaration of a small shop's support chatbot for customers in the European Union, after it has called the
// changes in order. Without changes the outcome is Allow and there are no findings.
func ChatbotDeployment(changes ...func(*v1alpha1.ChatbotDeployment)) *v1alpha1.ChatbotDeployment {
	d := &v1alpha1.ChatbotDeployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ChatbotDeployment"},
		ObjectMeta: metav1.ObjectMeta{Name: Name, Namespace: Namespace},
		Spec: v1alpha1.ChatbotDeploymentSpec{
			Selector: metav1.LabelSelector{MatchLabels: map[string]string{"app": AppLabel}},
			Ports:    []v1alpha1.ChatPort{{Name: ChatPort, Shape: v1alpha1.ShapeOpenAIChat}},
			Purpose: v1alpha1.Purpose{
				Kinds: []v1alpha1.PurposeKind{"support"}, Outbound: ptr.To(false), GeneratesMedia: ptr.To(false),
				Practices: []v1alpha1.Practice{},
			},
			Channels:      []v1alpha1.Channel{"web"},
			Jurisdictions: []v1alpha1.Code{"eu"},
			Sectors:       []v1alpha1.Code{"retail"},
			RiskClass:     "limited",
			Audience:      &v1alpha1.Audience{Who: []v1alpha1.Capacity{"consumers"}, MinimumAge: ptr.To[int32](18)},
			Consent: &v1alpha1.Consent{
				LawfulBasis:      []v1alpha1.LawfulBasis{"contract"},
				PrivacyNoticeURL: "https://shop.example/privacy",
				WithdrawalURL:    "https://shop.example/withdraw",
			},
			PersonalData: &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"contact", "order"}},
			Retention:    &v1alpha1.Retention{TranscriptDays: ptr.To[v1alpha1.Days](30)},
			Residency:    &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"DE"}},
			Rights:       &v1alpha1.Rights{Contact: "privacy@shop.example"},
			Oversight:    &v1alpha1.Oversight{SignificantDecisions: "none"},
			Fairness:     &v1alpha1.Fairness{Accessibility: "en-301-549"},
		},
	}
	completeParties(&d.Spec)
	for _, change := range changes {
		change(d)
	}
	return d
}

// completeParties sets the processors, the accountable parties and the security measures.
func completeParties(spec *v1alpha1.ChatbotDeploymentSpec) {
	spec.Processors = []v1alpha1.Processor{{
		Name: "model-vendor", Host: "api.model.example", Country: "DE", Agreement: "https://shop.example/dpa",
		AgreementSays: []v1alpha1.AgreementContent{
			"assistance", "audit", "breach-notice", "confidentiality", "deletion", "flow-down", "instructions", "security", "subprocessors",
		},
		TrainsOnData: ptr.To(false),
	}}
	spec.Accountability = &v1alpha1.Accountability{
		Deployer:            &v1alpha1.NamedParty{Name: "Shop GmbH", Country: "DE"},
		Roles:               []v1alpha1.Word{},
		Staff:               ptr.To[int32](12),
		Records:             []v1alpha1.AccountabilityRecord{"ai-literacy", "processing-register"},
		SmallOperator:       ptr.To(true),
		SmallOperatorReason: "12 employees, turnover under EUR 2 million",
	}
	spec.Security = &v1alpha1.Security{
		EncryptionInTransit: ptr.To(true), EncryptionAtRest: ptr.To(true),
		Controls:        []v1alpha1.SecurityControl{"access-control", "backup", "data-masking", "vulnerability-management"},
		IncidentContact: "soc@shop.example",
	}
}

// Pod returns a pod as its author writes it, without the sidecar, after it has called the changes in order. ChatbotDeployment selects it, and
// admission accepts it after injection.
func Pod(changes ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "support-bot", Namespace: Namespace, Labels: map[string]string{"app": AppLabel}},
		Spec:       newPodSpec(),
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

// Deployment returns a Deployment of one replica whose template is that of Pod, after it has called the changes in order.
func Deployment(changes ...func(*appsv1.Deployment)) *appsv1.Deployment {
	labels := map[string]string{"app": AppLabel}
	deployment := &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Name: "support-bot", Namespace: Namespace},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](1),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: newPodSpec()},
		},
	}
	for _, change := range changes {
		change(deployment)
	}
	return deployment
}

func newPodSpec() corev1.PodSpec {
	return corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)},
		Containers: []corev1.Container{{
			Name:  "bot",
			Image: Image,
			Ports: []corev1.ContainerPort{{Name: ChatPort, ContainerPort: ChatPortNumber, Protocol: corev1.ProtocolTCP}},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{
					corev1.ResourceCPU:    resource.MustParse("50m"),
					corev1.ResourceMemory: resource.MustParse("64Mi"),
				},
				Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
			},
		}},
	}
}
