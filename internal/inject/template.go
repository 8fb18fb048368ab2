package inject

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// Template returns the sidecar that governed pods of the declaration must hold. image is the sidecar's image by digest,
// configHash the hash of its configuration file. Fields that the API server would default are set, so that the stored
// container equals the template. Expected adds what depends on the pod.
func Template(declaration *v1alpha1.ChatbotDeployment, image, configHash string) facts.SidecarTemplate {
	ports := make(map[string]int32, len(declaration.Spec.Ports))
	for i, port := range declaration.Spec.Ports {
		ports[port.Name] = IngressPort(i)
	}
	return facts.SidecarTemplate{
		Container:         newContainer(declaration, image),
		Volumes:           newVolumes(declaration.Name),
		UserID:            userID,
		ConfigHash:        configHash,
		Ports:             ports,
		EgressURL:         egressURL,
		ModelURLVariables: ModelURLVariables(),
	}
}

// Expected returns the sidecar that this pod must hold: the template's container, with the app's port number for each governed port
// as an argument. A port that no container has, or several have, adds nothing.
func Expected(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) corev1.Container {
	expected := *template.Container.DeepCopy()
	for i, port := range declaration.Spec.Ports {
		if found := findAppPorts(pod, port.Name, i); len(found) == 1 {
			expected.Args = append(expected.Args, "--upstream", formatUpstream(port.Name, found[0].port.ContainerPort))
		}
	}
	// The policy refuses such a pod, but not because its sidecar differs.
	if pod.Spec.HostNetwork {
		setHostPorts(expected.Ports)
	}
	return expected
}

// DefaultHostPorts sets the host port of every container port of a pod with hostNetwork, as the API server does before admission
// (k8s.io/kubernetes pkg/apis/core/v1, SetDefaults_Pod). It leaves other pods unchanged.
func DefaultHostPorts(pod *corev1.Pod) {
	if !pod.Spec.HostNetwork {
		return
	}
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			setHostPorts(containers[i].Ports)
		}
	}
}

func setHostPorts(ports []corev1.ContainerPort) {
	for i := range ports {
		if ports[i].HostPort == 0 {
			ports[i].HostPort = ports[i].ContainerPort
		}
	}
}

func newContainer(declaration *v1alpha1.ChatbotDeployment, image string) corev1.Container {
	return corev1.Container{
		Name:                     contract.Sidecar,
		Image:                    image,
		ImagePullPolicy:          corev1.PullIfNotPresent,
		Args:                     []string{"--config", contract.SidecarConfigFolder + "/" + contract.SidecarConfigKey},
		Ports:                    newContainerPorts(declaration),
		Resources:                newResources(),
		RestartPolicy:            ptr.To(corev1.ContainerRestartPolicyAlways),
		StartupProbe:             newProbe("/readyz", 1, 60),
		ReadinessProbe:           newProbe("/readyz", 5, 3),
		LivenessProbe:            newProbe("/healthz", 10, 3),
		SecurityContext:          newSecurityContext(),
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		VolumeMounts: []corev1.VolumeMount{
			{Name: configVolume, MountPath: contract.SidecarConfigFolder, ReadOnly: true},
			{Name: noTokenVolume, MountPath: tokenFolder, ReadOnly: true},
		},
	}
}

func newContainerPorts(declaration *v1alpha1.ChatbotDeployment) []corev1.ContainerPort {
	ports := make([]corev1.ContainerPort, 0, len(declaration.Spec.Ports)+1)
	for i, port := range declaration.Spec.Ports {
		ports = append(ports, corev1.ContainerPort{Name: port.Name, ContainerPort: IngressPort(i), Protocol: corev1.ProtocolTCP})
	}
	return append(ports, corev1.ContainerPort{Name: AdminPortName, ContainerPort: contract.SidecarAdminPort, Protocol: corev1.ProtocolTCP})
}

// newResources returns requests for a mostly idle proxy, and the limits that the policy requires of every container. The memory limit
// leaves room for 100 open streams of 64 KiB and for bodies of 1 MiB.
func newResources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("50m"),
			corev1.ResourceMemory: resource.MustParse("64Mi"),
		},
		Limits: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("1"),
			corev1.ResourceMemory: resource.MustParse("128Mi"),
		},
	}
}

func newSecurityContext() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		Privileged:               ptr.To(false),
		ReadOnlyRootFilesystem:   ptr.To(true),
		RunAsGroup:               ptr.To(userID),
		RunAsNonRoot:             ptr.To(true),
		RunAsUser:                ptr.To(userID),
		SeccompProfile:           &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

func newProbe(path string, periodSeconds, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: path, Port: intstr.FromInt32(contract.SidecarAdminPort), Scheme: corev1.URISchemeHTTP,
		}},
		TimeoutSeconds: 1, PeriodSeconds: periodSeconds, SuccessThreshold: 1, FailureThreshold: failures,
	}
}

func newVolumes(chatbot string) []corev1.Volume {
	return []corev1.Volume{
		{Name: configVolume, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigMapName(chatbot)},
			DefaultMode:          ptr.To[int32](0o644),
		}}},
		{Name: noTokenVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
}
