#!/bin/bash
# versions.sh VERSION [GOAL]: a goal of run.sh, without one check, warnings as
# errors, on the PostgreSQL of a Debian release.
#
#	15	bookworm as it was released: a minor release that is older than the one of
#		a machine with the security updates
#	17	trixie
#	18	forky
#	19	experimental, a release candidate, on sid
#
# 16 (and 14) came with no release of Debian.  Where a suite no longer has its
# server, there is nothing to check: that is said, and counts as skipped.
#
# These programs do not run on this machine (newer libraries), so they get a root
# file system of their own.  That is made once, takes a minute or more and some
# 600 MB, and is kept in TCS_CACHE (default ~/.cache/tcs): remove it to have it
# made afresh.  Needs root: for chroot, and for namespaces in which everything
# started dies with the run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lib.sh
. "$here/lib.sh"

version=${1:-}
goal=${2:-check}
from=
case $version in
15) suites=bookworm ;;
17) suites=trixie ;;
18) suites=forky ;;
19)
	suites="sid experimental"
	from=/experimental
	;;
*) die "no Debian release is known for PostgreSQL ${version:-(none given)}" ;;
esac

[[ $EUID -eq 0 ]] || die "tests on PostgreSQL $version need root (chroot)"
unshare --mount --pid --fork true ||
	die "tests on PostgreSQL $version need unshare, which is not allowed here"

tools="gcc make libc6-dev libkrb5-dev libipc-run-perl postgresql-common"
server="postgresql-$version postgresql-client-$version libpq5 libpq-dev"

# What only the bitcode of the extension needs (1.3 GB of compilers) is left out:
# these are unpacked without what they depend on, and no bitcode is built.
unpacked=postgresql-server-dev-$version

# On the release's own server Debian packages are built too.
if [[ $version == 15 ]]; then
	tools+=" debhelper unzip"
	unpacked+=" postgresql-server-dev-all"
fi

recipe=$(cksum <<<"$suites $tools $server $unpacked" | cut -d ' ' -f 1)
cache=${TCS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tcs}/roots
root=$cache/${suites##* }-$version-$recipe

# The mirror that this machine uses for its own release.
mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(SITE)' \
		'Created-By: Packages' |
		awk -v release="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
			'$1 == "Debian" && $2 == release { print $3; exit }'
}

# In the new root: install the server where the suites have it.  What comes from
# experimental is named one by one, since all else is to be sid's; once the
# server is in sid, that is the one.
install_server()
{
	cat <<-SCRIPT
		set -eu
		root=\$1
		if [ -z "\$(chroot "\$root" apt-cache madison postgresql-$version)" ]; then
			touch "\$root/no-server"
			exit
		fi
		from=$from
		if [ -n "\$from" ] && ! chroot "\$root" apt-cache madison \\
			postgresql-$version | grep -q " \${from#/}/"; then
			from=
		fi
		set --
		for package in $server; do
			set -- "\$@" "\$package\$from"
		done
		chroot "\$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \\
			--no-install-recommends "\$@" >/dev/null
		set --
		for package in $unpacked; do
			set -- "\$@" "\$package\$from"
		done
		chroot "\$root" sh -euc 'cd /tmp; apt-get -qq download "\$@"
			for package in ./*.deb; do
				dpkg-deb -x "\$package" /
				rm "\$package"
			done' _ "\$@"
	SCRIPT
}

make_root()
{
	local source sources=() options=() option name

	need mmdebstrap
	source=$(mirror)
	if [[ -z $source ]]; then
		apt_update
		source=$(mirror)
	fi
	[[ -n $source ]] || die "apt-get indextargets names no Debian mirror"
	for name in $suites; do
		sources+=("deb $source $name main")
	done

	# Where this machine accepts old lists, the root has to as well.
	for option in Acquire::Check-Valid-Until Acquire::Check-Date; do
		option=$(apt-config dump "$option")
		[[ -z $option ]] || options+=(--aptopt="$option")
	done

	say "Making a root file system of $suites: some 200 MB to fetch, 600 MB on disk"
	rm -rf --one-file-system "$cache"/*-"$version"-*
	# shellcheck disable=SC2016
	mmdebstrap --quiet --variant=apt --include="${tools// /,}" \
		"${options[@]}" \
		--essential-hook='mkdir -p "$1/etc/postgresql-common/createcluster.d"
			echo "create_main_cluster = false" \
				>"$1/etc/postgresql-common/createcluster.d/no-main.conf"' \
		--customize-hook="$(install_server)" \
		"${suites%% *}" "$root.new" "${sources[@]}" >&2
	if [[ -e $root.new/no-server ]]; then
		rm -rf --one-file-system "$root.new"
	else
		mv "$root.new" "$root"
	fi
}

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
[[ -d $root ]] || make_root
flock -u 9
if [[ ! -d $root ]]; then
	say "$suites has no PostgreSQL $version: skipped"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

# The root stays as it was: what a run writes is in memory, over it.
say "PostgreSQL $version in $root"
# shellcheck disable=SC2016
unshare --mount --pid --fork --kill-child --propagation private bash -c '
	set -e
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/written /mnt/swap /mnt/root
	mount -t overlay -o "lowerdir=$1,upperdir=/mnt/written,workdir=/mnt/swap" \
		overlay /mnt/root
	root=/mnt/root
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount --bind "$2" "$root/mnt"
	exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		PG_CONFIG="/usr/lib/postgresql/$3/bin/pg_config" \
		TCS_MAKE=with_llvm=no COPT="$4" TCS_SHORT="$6" /mnt/test/run.sh "$5"' \
	_ "$root" "$top" "$version" "${warnings[*]}" "$goal" "${TCS_SHORT:-}" 9>&-
