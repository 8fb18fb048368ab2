package main

// findPod returns the name of the pod in which the sidecar runs: the host name, which a kubelet sets to the first 63 characters of the name.
// It returns "" outside a cluster, where the host name can be that of a person's machine.
func findPod(getenv func(string) string, hostname func() (string, error)) string {
	if getenv("KUBERNETES_SERVICE_HOST") == "" {
		return ""
	}
	// Without a host name, records have no pod.
	name, _ := hostname()
	return name
}
