package cli

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// buildKustomization returns what kustomize renders from a folder, as YAML documents. Plugins, which run programs, stay off, and so do
// files outside the folder, as in `kubectl kustomize`.
func buildKustomization(folder string) ([]byte, error) {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("--kustomize %s: %w: try `kubectl kustomize`, and correct what it reports", folder, err)
	}
	content, err := rendered.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("--kustomize %s: %w", folder, err)
	}
	return content, nil
}
