// babylon-mmd's modules name their imports without extensions, which bundlers accept and Node does not.
export async function resolve(specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        for (const ending of [".js", "/index.js"]) {
            try {
                return await next(specifier + ending, context);
            } catch {
                // try the next ending
            }
        }
        throw error;
    }
}
