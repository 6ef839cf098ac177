// SPDX-License-Identifier: GPL-3.0-or-later
package org.guixp2p.harness.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.guixp2p.harness.process.ProcessTable;
import org.guixp2p.harness.process.Programs;
import org.guixp2p.harness.world.NodeApi;

/**
 * The demonstration in namespaces that it makes: this process starts itself again where it is root of a network of its own, and ends
 * as that one does.
 */
final class NetworkedDemo {
    /** Marks the process inside. */
    static final String INSIDE = "--in-namespaces";

    private static final List<String> ALONE = List.of("unshare", "-Urn");
    /** All that is needed, each part of it once. */
    private static final String PROBE = "ip link add probe type bridge && "
            + "ip link add probe1 type veth peer name probe2 && ip link set probe1 master probe"
            + " && nsenter -t $$ -n true && unshare -n true";
    /** What it starts has the time that it has itself to end, and a while to clear up. */
    private static final long PATIENCE_SECONDS = ProcessTable.GRACE.toSeconds() + 15;

    private NetworkedDemo() {}

    /**
     * Runs it.
     *
     * @param arguments all of the command line
     * @return the status with which it has ended
     * @throws NoNamespacesException where it cannot be shown
     */
    static int run(List<String> arguments) throws IOException, InterruptedException {
        probe();
        List<String> words = new ArrayList<>(arguments);
        words.add(INSIDE);
        List<String> command = new ArrayList<>(ALONE);
        command.addAll(Programs.ofThisProcess().again(List.of(NodeApi.MAY_NAME_HOSTS), words));
        Process process = new ProcessBuilder(command).inheritIO().start();
        Thread hook = new Thread(() -> endWith(process), "end-inside");
        Runtime.getRuntime().addShutdownHook(hook);
        int status = process.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This process has been told to end too: the hook ends it, with the same status.
            hook.join();
        }
        return status;
    }

    private static void probe() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(ALONE);
        command.addAll(List.of("sh", "-c", PROBE));
        try {
            LocalNetwork.run(command);
        } catch (IOException e) {
            throw new NoNamespacesException(
                    "demo --discovery lan needs Linux, util-linux, iproute2 and the right to make network"
                            + " namespaces, which this machine does not give: " + e.getMessage(),
                    e);
        }
    }

    /** This process is told to end: so is that one, and its status is kept. */
    private static void endWith(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Runtime.getRuntime().halt(process.waitFor());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
