package inject

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// Template returns the template of the sidecar in governed pods of the declaration. image is the sidecar's image by digest, configHash the
// hash of its configuration file. The template has every field that the API server would default, so that a stored container equals it.
// Expected adds what depends on the pod. WithKeys adds the keys, without which no sidecar starts.
func Template(declaration *v1alpha1.ChatbotDeployment, image, configHash string) facts.SidecarTemplate {
	ports := make(map[string]int32, len(declaration.Spec.Ports))
	for i, port := range declaration.Spec.Ports {
		ports[contract.PortName(port.Name, port.Port)] = IngressPort(i)
	}
	return facts.SidecarTemplate{
		Container:  newContainer(declaration, image),
		Volumes:    newVolumes(declaration),
		UserID:     userID,
		ConfigHash: configHash,
		Ports:      ports,
		EgressURL:  egressURL,
	}
}

// WithKeys returns the template with the keys of which the sidecar requires a signature.
func WithKeys(template facts.SidecarTemplate, keys facts.SidecarKeys) facts.SidecarTemplate {
	template.Keys = keys
	template.Container.Args = append(slices.Clip(template.Container.Args), flagTrust, strings.Join(keys.New, ","))
	return template
}

// keepTrust returns the arguments with the keys that the pod's sidecar has, if it may trust them: a pod keeps the keys with which it was
// created, and outside of a cluster the keys are not known. Otherwise, it returns the arguments unchanged.
func keepTrust(args []string, pod *corev1.Pod, keys facts.SidecarKeys) []string {
	own, wanted := FindTrust(pod), slices.Index(args, flagTrust)
	isForeign := func(key string) bool { return !slices.Contains(keys.Accepted, key) }
	switch {
	case own == "":
		return args
	case wanted < 0:
		return append(args, flagTrust, own)
	case slices.ContainsFunc(strings.Split(own, ","), isForeign):
		return args
	}
	args[wanted+1] = own
	return args
}

// FindTrust returns the keys that the sidecar of the pod trusts, with commas between them; "" if it has none.
func FindTrust(pod *corev1.Pod) string {
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if flag := slices.Index(c.Args, flagTrust); c.Name == contract.Sidecar && flag >= 0 && flag+1 < len(c.Args) {
			return c.Args[flag+1]
		}
	}
	return ""
}

// Expected returns the sidecar that this pod must have: the container of the template, with an argument --upstream for each declared port.
// The argument has the number of the app's port. A port that is declared by name and that no container of the app has, or several have,
// adds no argument. For a port that is declared by number, the sidecar takes over the name of the app's port, if that has one (findOwnName). A
// sidecar that the pod has already keeps its keys, if it may trust them.
func Expected(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) corev1.Container {
	expected := *template.Container.DeepCopy()
	expected.Args = keepTrust(expected.Args, pod, template.Keys)
	for i, port := range declaration.Spec.Ports {
		found := findAppPorts(pod, port, i)
		if port.Port != 0 {
			name := contract.PortName(port.Name, port.Port)
			expected.Args = append(expected.Args, "--upstream", formatUpstream(name, port.Port))
			expected.Ports[i].Name = findOwnName(pod, found, i, name)
		} else if len(found) == 1 {
			expected.Args = append(expected.Args, "--upstream", formatUpstream(port.Name, found[0].port.ContainerPort))
		}
	}
	// The API server sets the host ports of a pod with hostNetwork, also those of the sidecar. Expected has them too, so that the policy
	// refuses such a pod only for hostNetwork, and not for a changed sidecar as well.
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

// setHostPorts sets each unset host port to the container port.
func setHostPorts(ports []corev1.ContainerPort) {
	for i := range ports {
		if ports[i].HostPort == 0 {
			ports[i].HostPort = ports[i].ContainerPort
		}
	}
}

// newContainer returns the sidecar without the arguments that depend on the pod.
func newContainer(declaration *v1alpha1.ChatbotDeployment, image string) corev1.Container {
	return corev1.Container{
		Name:            contract.Sidecar,
		Image:           image,
		ImagePullPolicy: corev1.PullIfNotPresent,
		Args: []string{
			"--config", contract.SidecarConfigFolder + "/" + contract.SidecarConfigKey, "--chatbot", declaration.Namespace + "/" + declaration.Name,
		},
		Ports:                    newContainerPorts(declaration),
		Resources:                newResources(),
		RestartPolicy:            ptr.To(corev1.ContainerRestartPolicyAlways),
		StartupProbe:             newProbe("/readyz", 1, 60),
		ReadinessProbe:           newProbe("/readyz", 5, 3),
		LivenessProbe:            newProbe("/healthz", 10, 3),
		SecurityContext:          newSecurityContext(),
		TerminationMessagePath:   corev1.TerminationMessagePathDefault,
		TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		VolumeMounts:             newMounts(declaration),
	}
}

// newMounts returns the mounts of the sidecar. Each covers nothing of another.
func newMounts(declaration *v1alpha1.ChatbotDeployment) []corev1.VolumeMount {
	mounts := []corev1.VolumeMount{
		{Name: configVolume, MountPath: contract.SidecarConfigFolder, ReadOnly: true},
		{Name: stateVolume, MountPath: contract.SidecarStateFolder},
		{Name: noTokenVolume, MountPath: tokenFolder, ReadOnly: true},
	}
	if len(newSignatureSources(declaration)) > 0 {
		mounts = append(mounts, corev1.VolumeMount{Name: signatureVolume, MountPath: contract.SidecarSignatureFolder, ReadOnly: true})
	}
	return mounts
}

// newContainerPorts returns the ports on which the sidecar listens: one for each declared port, under its name, and the admin port.
func newContainerPorts(declaration *v1alpha1.ChatbotDeployment) []corev1.ContainerPort {
	ports := make([]corev1.ContainerPort, 0, len(declaration.Spec.Ports)+1)
	for i, port := range declaration.Spec.Ports {
		name := contract.PortName(port.Name, port.Port)
		ports = append(ports, corev1.ContainerPort{Name: name, ContainerPort: IngressPort(i), Protocol: corev1.ProtocolTCP})
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

// newSecurityContext returns a context that the Pod Security level "restricted" admits.
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

// newProbe returns an HTTP probe of the admin port. Kubernetes sends a request every periodSeconds, and the probe fails after the given
// number of failures in a row.
func newProbe(path string, periodSeconds, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: path, Port: intstr.FromInt32(contract.SidecarAdminPort), Scheme: corev1.URISchemeHTTP,
		}},
		TimeoutSeconds: 1, PeriodSeconds: periodSeconds, SuccessThreshold: 1, FailureThreshold: failures,
	}
}

// newVolumes returns the volume of the chatbot's configuration, the empty volume in which the sidecar remembers its serial, the empty one that the sidecar mounts where Kubernetes would
// otherwise mount a service-account token (noTokenVolume), and that of the secrets with which messages are signed, if there are some.
func newVolumes(declaration *v1alpha1.ChatbotDeployment) []corev1.Volume {
	volumes := []corev1.Volume{
		{Name: configVolume, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigMapName(declaration.Name)},
			DefaultMode:          ptr.To[int32](0o644),
		}}},
		{Name: stateVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		{Name: noTokenVolume, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
	}
	if sources := newSignatureSources(declaration); len(sources) > 0 {
		volumes = append(volumes, corev1.Volume{Name: signatureVolume, VolumeSource: corev1.VolumeSource{
			Projected: &corev1.ProjectedVolumeSource{Sources: sources, DefaultMode: ptr.To[int32](0o444)},
		}})
	}
	return volumes
}

// newSignatureSources returns a file for each port with a secret, under the name of the port, and one for the key of receipts: each exactly
// the declared key. A pod whose Secret lacks the key does not start.
func newSignatureSources(declaration *v1alpha1.ChatbotDeployment) []corev1.VolumeProjection {
	var sources []corev1.VolumeProjection
	for i := range declaration.Spec.Ports {
		port := &declaration.Spec.Ports[i]
		if port.Signature == nil {
			continue
		}
		ref := port.Signature.SecretKeyRef
		sources = append(sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name},
			Items:                []corev1.KeyToPath{{Key: ref.Key, Path: contract.PortName(port.Name, port.Port)}},
		}})
	}
	if ref := findReceiptKey(declaration); ref != nil {
		sources = append(sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: ref.Name},
			Items:                []corev1.KeyToPath{{Key: ref.Key, Path: contract.SidecarReceiptKey}},
		}})
	}
	return sources
}

// findReceiptKey returns where the key for receipts of consent is; nil if the declaration names none.
func findReceiptKey(declaration *v1alpha1.ChatbotDeployment) *v1alpha1.SecretKey {
	if declaration.Spec.Consent == nil {
		return nil
	}
	return declaration.Spec.Consent.ReceiptKeyRef
}
