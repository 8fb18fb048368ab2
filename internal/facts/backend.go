package facts

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// labelRolloutHash is the label in which a Rollout of Argo has the hash of the pod template, which is the end of the ReplicaSet's name.
const labelRolloutHash = "rollouts-pod-template-hash"

// ownerLabels are the labels by which controllers of other projects name the object from which a pod comes through others that they make,
// such as the Deployment of an InferenceService.
var ownerLabels = []struct{ kind, label string }{
	{"InferenceService", "serving.kserve.io/inferenceservice"},
	{"Knative Service", "serving.knative.dev/service"},
	{"LeaderWorkerSet", "leaderworkerset.sigs.k8s.io/name"},
	{"JobSet", "jobset.sigs.k8s.io/jobset-name"},
	{"ScaledJob", "scaledjob.keda.sh/name"},
}

// NameWorkload returns the kind and the name of the workload from which a pod comes, for example `Deployment shop`. A pod without a
// controller is named itself. The name of a Deployment or a Rollout is that of the ReplicaSet without the hash of the pod template: a pod
// does not name them.
func NameWorkload(pod metav1.Object) string {
	controller := metav1.GetControllerOfNoCopy(pod)
	if controller == nil {
		return "Pod " + pod.GetName()
	}
	for _, owner := range ownerLabels {
		if name := pod.GetLabels()[owner.label]; name != "" {
			return owner.kind + " " + name
		}
	}
	if controller.Kind != "ReplicaSet" {
		return controller.Kind + " " + controller.Name
	}
	for _, workload := range []struct{ kind, label string }{{"Deployment", appsv1.DefaultDeploymentUniqueLabelKey}, {"Rollout", labelRolloutHash}} {
		name, isMade := strings.CutSuffix(controller.Name, "-"+pod.GetLabels()[workload.label])
		if isMade {
			return workload.kind + " " + name
		}
	}
	return "ReplicaSet " + controller.Name
}

// NewUngovernedPods returns the pods of the workload, which have the spec.
func NewUngovernedPods(workload string, spec *corev1.PodSpec) UngovernedPods {
	pods := UngovernedPods{Workload: workload, PortNames: ListPortNames(spec)}
	for _, p := range listTCPPorts(spec) {
		pods.PortNumbers = append(pods.PortNumbers, p.ContainerPort)
	}
	return pods
}

// ListPortNames returns the names of the TCP ports of all containers of a pod, the sidecar's too; never nil.
func ListPortNames(spec *corev1.PodSpec) []string {
	names := []string{}
	for _, p := range listTCPPorts(spec) {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

func listTCPPorts(spec *corev1.PodSpec) []corev1.ContainerPort {
	var ports []corev1.ContainerPort
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			for _, p := range containers[i].Ports {
				if isTCP(p) {
					ports = append(ports, p)
				}
			}
		}
	}
	return ports
}
