package controllers

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// shrinkSpec returns the fields of the spec of a governed pod that show whether its sidecar is the current one, and whether something leads around
// it (facts.Workload.ListWaysOut): namespaces of the node, privileges, and paths of the node. HostNetwork is kept also because with it the sidecar has
// host ports.
func shrinkSpec(full *corev1.PodSpec) corev1.PodSpec {
	small := corev1.PodSpec{
		HostNetwork: full.HostNetwork, HostPID: full.HostPID, HostIPC: full.HostIPC, ShareProcessNamespace: full.ShareProcessNamespace,
		SecurityContext: shrinkPodSecurity(full.SecurityContext),
	}
	var hostPaths []string
	for i := range full.Volumes {
		volume := &full.Volumes[i]
		// The names of the sidecar's volumes begin with the sidecar's name.
		if volume.HostPath != nil || strings.HasPrefix(volume.Name, contract.Sidecar) {
			small.Volumes = append(small.Volumes, *volume)
		}
		if volume.HostPath != nil {
			hostPaths = append(hostPaths, volume.Name)
		}
	}
	small.InitContainers, small.Containers = shrinkContainers(full.InitContainers, hostPaths), shrinkContainers(full.Containers, hostPaths)
	return small
}

// shrinkContainers returns the sidecar unchanged, and of all other containers the name, the image, the ports, the privileges and the mounts of the
// volumes with the names.
func shrinkContainers(full []corev1.Container, volumes []string) []corev1.Container {
	small := make([]corev1.Container, len(full))
	for i := range full {
		c := &full[i]
		if c.Name == contract.Sidecar {
			small[i] = *c
			continue
		}
		small[i] = corev1.Container{Name: c.Name, Image: c.Image, Ports: c.Ports, SecurityContext: shrinkSecurity(c.SecurityContext)}
		for _, mount := range c.VolumeMounts {
			if slices.Contains(volumes, mount.Name) {
				small[i].VolumeMounts = append(small[i].VolumeMounts, mount)
			}
		}
	}
	return small
}

// shrinkPodSecurity returns what the rules about ways out of the pod read; nil if there is nothing.
func shrinkPodSecurity(full *corev1.PodSecurityContext) *corev1.PodSecurityContext {
	if full == nil || full.RunAsUser == nil && full.WindowsOptions == nil {
		return nil
	}
	return &corev1.PodSecurityContext{RunAsUser: full.RunAsUser, WindowsOptions: full.WindowsOptions}
}

// shrinkSecurity returns what the rules about ways out of the pod read; nil if there is nothing.
func shrinkSecurity(full *corev1.SecurityContext) *corev1.SecurityContext {
	if full == nil {
		return nil
	}
	small := &corev1.SecurityContext{Privileged: full.Privileged, ProcMount: full.ProcMount, RunAsUser: full.RunAsUser, WindowsOptions: full.WindowsOptions}
	if full.Capabilities != nil && len(full.Capabilities.Add) > 0 {
		small.Capabilities = &corev1.Capabilities{Add: full.Capabilities.Add}
	}
	if *small == (corev1.SecurityContext{}) {
		return nil
	}
	return small
}
