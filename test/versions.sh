#!/bin/bash
# versions.sh VERSION: make check, warnings as errors, on the PostgreSQL of
# another Debian release.
#
# Its programs do not run on this machine (newer libraries), so they get a root
# file system of their own.  That is made once, takes a minute and some 600 MB,
# and is kept in TCS_CACHE (default ~/.cache/tcs).  Needs root: for chroot, and
# for namespaces in which everything started dies with the run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lib.sh
. "$here/lib.sh"

version=${1:-}
case $version in
17) suite=trixie ;;
18) suite=forky ;;
*) die "no Debian release is known for PostgreSQL ${version:-(none given)}" ;;
esac

[[ $EUID -eq 0 ]] || die "tests on PostgreSQL $version need root (chroot)"
unshare --mount --pid --fork true ||
	die "tests on PostgreSQL $version need unshare, which is not allowed here"

packages="gcc make libc6-dev libkrb5-dev libpq-dev libipc-run-perl \
postgresql-common postgresql-$version postgresql-client-$version"
recipe=$(cksum <<<"$packages" | cut -d ' ' -f 1)
cache=${TCS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcs}/roots
root=$cache/$suite-$version-$recipe

# The mirror that this machine uses for its own release.
mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(SITE)' \
		'Created-By: Packages' |
		awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
			'$1 == "Debian" && $2 == release { print $3; exit }'
}

# postgresql-server-dev depends on a compiler suite (1.3 GB) that only the
# bitcode needs: it is unpacked without, and the build makes no bitcode.
make_root()
{
	local source options=() option

	need mmdebstrap
	source=$(mirror)
	if [[ -z $source ]]; then
		apt_update
		source=$(mirror)
	fi
	[[ -n $source ]] || die "apt-get indextargets names no Debian mirror"

	# Where this machine accepts old lists, the root has to as well.
	for option in Acquire::Check-Valid-Until Acquire::Check-Date; do
		option=$(apt-config dump "$option")
		[[ -z $option ]] || options+=(--aptopt="$option")
	done

	say "Making a root file system: $suite with $packages"
	rm -rf --one-file-system "$cache/$suite-$version"-*
	# shellcheck disable=SC2016
	mmdebstrap --quiet --variant=apt --include="${packages// /,}" \
		"${options[@]}" \
		--essential-hook='mkdir -p "$1/etc/postgresql-common/createcluster.d"
			echo "create_main_cluster = false" \
				>"$1/etc/postgresql-common/createcluster.d/no-main.conf"' \
		--customize-hook='cd "$1/tmp" &&
			APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download \
				postgresql-server-dev-'"$version"' &&
			dpkg-deb -x ./postgresql-server-dev-*.deb "$1" &&
			rm ./postgresql-server-dev-*.deb' \
		"$suite" "$root.new" "$source" >&2
	mv "$root.new" "$root"
}

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
[[ -d $root ]] || make_root
flock -u 9

# The root stays as it was: what a run writes is in memory.
say "PostgreSQL $version in $root"
# shellcheck disable=SC2016
unshare --mount --pid --fork --kill-child --propagation private bash -c '
	set -e
	mount -t proc proc "$1/proc"
	for directory in dev/shm tmp var/tmp; do
		mount -t tmpfs -o mode=1777 tmpfs "$1/$directory"
	done
	mount --bind "$2" "$1/mnt"
	exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		PG_CONFIG="/usr/lib/postgresql/$3/bin/pg_config" \
		TCS_MAKE=with_llvm=no COPT="$4" /mnt/test/run.sh check' \
	_ "$root" "$top" "$version" "${warnings[*]}" 9>&-
