# Other scripts source this file.

# install_missing installs packages of the distribution where their programs are missing and apt-get may install them.
#   install_missing "the clients need" npm=nodejs,npm chromium=chromium
install_missing() {
	local purpose=$1 wanted of_program packages=()
	shift
	for wanted in "$@"; do
		if ! command -v "${wanted%%=*}" >/dev/null; then
			IFS=, read -ra of_program <<<"${wanted#*=}"
			packages+=("${of_program[@]}")
		fi
	done
	if [[ ${#packages[@]} == 0 ]]; then
		return
	fi
	if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "install ${packages[*]}, which $purpose" >&2
		exit 1
	fi
	apt-get update -qq
	apt-get install -qq --yes --no-install-recommends "${packages[@]}"
}
